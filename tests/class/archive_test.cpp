/// @file
/// What reads an archive can do nothing else, and takes nobody with it when it falls.

#include "class/archive.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>
#include <cstdio>
#include <vector>

#include "class/folder.hpp"

using namespace qkoan;

namespace {

constexpr ArchiveLimits kLimits = {1000, 1000, 100'000, 100, 1};

/// A tar of files with this content.
std::string tar_of(const std::vector<std::string>& names, const std::string& content) {
  std::string data;
  for (const std::string& name : names) {
    std::string header(512, '\0');
    name.copy(header.data(), 100);
    std::snprintf(header.data() + 100, 25, "%07o%c%07o%c%07o", 0644u, 0, 0u, 0, 0u);
    std::snprintf(header.data() + 124, 13, "%011zo", content.size());
    std::snprintf(header.data() + 136, 13, "%011o", 0u);
    header.replace(148, 8, "        ");
    header[156] = '0';
    header.replace(257, 8, std::string("ustar\00000", 8));
    unsigned sum = 0;
    for (const char c : header) sum += static_cast<unsigned char>(c);
    std::snprintf(header.data() + 148, 8, "%06o", sum);
    data += header + content + std::string((512 - content.size() % 512) % 512, '\0');
  }
  return data + std::string(1024, '\0');
}

struct Told {
  std::vector<std::string> names;
  std::string content;
  ArchiveSummary summary;
};

Told read(const std::string& data, const std::function<Want(const std::string&)>& want) {
  const Descriptor archive = in_memory(data);
  Told told;
  told.summary = read_archive(archive.get(), kLimits, want, [&](ArchiveEntry& entry) {
    told.names.push_back(entry.path);
    told.content += entry.content + entry.refused;
  });
  return told;
}

/// Whether what is tried in the child fails there.
bool is_denied(const std::function<bool()>& attempt) {
  const Told told = read(tar_of({"a"}, "x"),
                         [&](const std::string&) { return attempt() ? Want::kName : Want::kSkip; });
  BOOST_TEST(told.summary.failure == "");
  return told.names.empty();
}

}  // namespace

BOOST_AUTO_TEST_SUITE(archives)

BOOST_AUTO_TEST_CASE(what_is_wanted_is_told) {
  const Told told = read(tar_of({"a", "b/c", "d"}, "text"), [](const std::string& path) {
    return path == "a" ? Want::kSkip : path == "d" ? Want::kName : Want::kFile;
  });
  BOOST_TEST(told.summary.failure == "");
  BOOST_TEST(told.summary.entries == 3u);
  BOOST_TEST(told.names == (std::vector<std::string>{"b/c", "d"}),
             boost::test_tools::per_element());
  BOOST_TEST(told.content == "text");
}

BOOST_AUTO_TEST_CASE(what_an_attempt_is_denied_would_be_told) {
  BOOST_TEST(!is_denied([] { return true; }));
}

BOOST_AUTO_TEST_CASE(the_reader_can_do_nothing_else) {
  int pipe_of_others[2];
  BOOST_REQUIRE(pipe(pipe_of_others) == 0);
  const pid_t parent = getpid();
  const std::pair<const char*, std::function<bool()>> attempts[] = {
      {"open", [] { return open("/etc/passwd", O_RDONLY) >= 0; }},
      {"create", [] { return open("/tmp/qkoan-evil", O_WRONLY | O_CREAT, 0600) >= 0; }},
      {"unlink", [] { return unlink("/tmp/qkoan-none") == 0 || errno != EPERM; }},
      {"socket", [] { return socket(AF_INET, SOCK_STREAM, 0) >= 0 || errno != EPERM; }},
      {"fork", [] { return fork() >= 0; }},
      {"execute", [] { return execl("/bin/true", "true", nullptr) == 0 || errno != EPERM; }},
      {"signal", [&] { return kill(parent, 0) == 0; }},
      {"write elsewhere", [&] { return write(pipe_of_others[1], "x", 1) == 1; }},
      {"write to the terminal", [] { return write(2, "", 0) == 0; }},
      {"read elsewhere", [] { return ::read(0, nullptr, 0) == 0 || errno != EPERM; }},
  };
  for (const auto& [what, attempt] : attempts) BOOST_TEST(is_denied(attempt), what);
  close(pipe_of_others[0]);
  close(pipe_of_others[1]);
}

#ifdef __SANITIZE_ADDRESS__
constexpr const char* kFallen = "reading it failed";  // a sanitizer ends it before the system does
#else
constexpr const char* kFallen = "reading it crashes the reader (Segmentation fault)";
#endif

BOOST_AUTO_TEST_CASE(a_reader_that_falls_is_a_reason) {
  const std::string archive = tar_of({"a", "b"}, "x");
  const auto failure = [&](const std::function<Want(const std::string&)>& want) {
    return read(archive, want).summary.failure;
  };
  BOOST_TEST(failure([](const std::string&) {
               volatile int* nowhere = nullptr;
               return static_cast<Want>(*nowhere);
             }) == kFallen);
  BOOST_TEST(failure([](const std::string&) -> Want {
               volatile bool ends = false;
               while (!ends) continue;
               return Want::kSkip;
             }) == "reading it takes longer than 1 s");
#if !defined(__SANITIZE_ADDRESS__)  // which has its own ideas about memory
  BOOST_TEST(failure([](const std::string&) {
               std::vector<std::string> all;
               while (true) all.emplace_back().reserve(std::size_t{256} << 20);
               return Want::kSkip;
             }) == "reading it takes too much memory");
#endif
}

BOOST_AUTO_TEST_CASE(limits_hold) {
  const auto all = [](const std::string&) { return Want::kFile; };
  BOOST_TEST(read(tar_of({"a"}, std::string(1000, 'x')), all).content.size() == 1000u);
  BOOST_TEST(read(tar_of({"a"}, std::string(1001, 'x')), all).content == "it is larger than 0 MiB");
  const Told many = read(tar_of(std::vector<std::string>(101, "a"), ""), all);
  BOOST_TEST(many.summary.failure == "it has more than 100 entries");
  BOOST_TEST(many.names.size() == 100u);
  const Told large = read(tar_of(std::vector<std::string>(99, "a"), std::string(600, 'x')), all);
  BOOST_TEST(large.summary.failure == "it unpacks to more than 0 MiB");
}

BOOST_AUTO_TEST_SUITE_END()
