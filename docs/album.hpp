#ifndef QKOAN_DOCS_ALBUM_HPP
#define QKOAN_DOCS_ALBUM_HPP
/// @file
/// Pictures in a lesson show computed numbers, as its tables do. A file lessons/NN-name/pictures.cpp
/// computes them by the lesson's reference; the program made from it prints a gnuplot script that draws
/// them. A page shows one where it has the comment `<!-- picture: NAME`, with the caption in it.

#include <Eigen/Core>
#include <limits>
#include <string>
#include <utility>
#include <vector>

namespace qkoan {

/// How an axis counts: by equal steps, or by powers.
enum class Scale { kLinear, kPowersOf2, kPowersOf10 };

/// An axis. Without limits it shows all that there is.
struct Axis {
  std::string label;                                       ///< what it shows, with its unit
  Scale scale = Scale::kLinear;                            ///< how it counts
  double from = std::numeric_limits<double>::quiet_NaN();  ///< where it begins
  double to = std::numeric_limits<double>::quiet_NaN();    ///< where it ends
};

/// How the points of a curve are drawn.
enum class Mark { kLine, kSteps, kPoints, kLineWithPoints };

/// A curve. Those of one picture have colours and dashes of their own.
struct Curve {
  std::string name;                               ///< in the legend
  std::vector<std::pair<double, double>> points;  ///< (x, y), in their order
  Mark mark = Mark::kLine;                        ///< how they are drawn
};

/// What the columns and the rows of a panel are.
struct Sides {
  std::string columns = "key j";  ///< below the panel
  std::string rows = "query i";   ///< at its left
};

/// A matrix as cells, row 0 at the top.
struct Panel {
  std::string title;      ///< above it
  Eigen::MatrixXd cells;  ///< −∞: hidden
  int step = 1;           ///< rows and columns are numbered 0, step, 2·step, …
};

/// Which numbers are coloured how: more ink for more, or zero pale and both signs in their own colours.
enum class Colours { kMore, kBothSigns };

/// The pictures of a lesson, in the words of gnuplot.
class Album {
 public:
  /// Curves over an axis.
  void curves(const std::string& name, const Axis& x, const Axis& y,
              const std::vector<Curve>& curves);

  /// Matrices of numbers side by side, with one scale; what lies below `least` has its colour.
  void matrices(const std::string& name, const std::string& scale, const std::vector<Panel>& panels,
                double least = -std::numeric_limits<double>::infinity(),
                Colours colours = Colours::kMore, const Sides& sides = {});

  /// Matrices whose cells are numbers of kinds. The first kind is drawn hatched.
  void kinds(const std::string& name, const std::vector<std::string>& kinds,
             const std::vector<Panel>& panels, const Sides& sides = {});

  /// Names of all pictures, in their order.
  const std::vector<std::string>& names() const { return names_; }

  /// What gnuplot draws them by, told where and for which theme: see album.gp.
  const std::string& script() const { return script_; }

 private:
  void begin(const std::string& name, int width, int height);

  std::vector<std::string> names_;
  std::string script_;
};

/// Defined by the lesson: describes everything.
void pictures(Album& album);

}  // namespace qkoan

#endif
