#ifndef QKOAN_GRADER_CLASS_FOLDER_HPP
#define QKOAN_GRADER_CLASS_FOLDER_HPP
/// @file
/// Files and folders that somebody else has made: no link is followed, no pipe is waited for.

#include <string>
#include <vector>

namespace qkoan {

/// A file descriptor that is closed in the end; < 0: there is none.
class Descriptor {
 public:
  explicit Descriptor(int number = -1) : number_(number) {}
  ~Descriptor();
  Descriptor(Descriptor&& other) noexcept : number_(other.number_) { other.number_ = -1; }
  Descriptor& operator=(Descriptor&&) = delete;

  int get() const { return number_; }
  explicit operator bool() const { return number_ >= 0; }

 private:
  int number_;
};

enum class EntryKind { kFile, kFolder, kOther };

/// What lies in a folder.
struct FolderEntry {
  std::string name;
  EntryKind kind = EntryKind::kOther;
  std::string fault;  ///< of what is neither file nor folder: "it is a symbolic link"
};

/// The folder, or why it cannot be opened, in errno. `name` is looked up in `parent`.
Descriptor open_folder(int parent, const std::string& name);

/// What lies there, sorted by name; at most `most` + 1 entries. `fault` says why not, or not all of it.
std::vector<FolderEntry> list_folder(int folder, std::size_t most, std::string& fault);

/// Opens a file to read it; `fault` says why not, if it cannot be read.
Descriptor open_file(int folder, const std::string& name, std::string& fault);

/// The file's content; `fault` says why not, if it is longer or cannot be read.
std::string read_at_most(int file, std::size_t most, std::string& fault);

/// A file without a name that holds this content. Throws Problem.
Descriptor in_memory(const std::string& content);

}  // namespace qkoan

#endif
