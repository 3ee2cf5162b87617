#include "class/zip.hpp"

#include <archive.h>
#include <archive_entry.h>

#include <memory>

#include "problem.hpp"

namespace qkoan {

namespace {

la_ssize_t append_bytes(archive*, void* text, const void* bytes, std::size_t size) {
  static_cast<std::string*>(text)->append(static_cast<const char*>(bytes), size);
  return static_cast<la_ssize_t>(size);
}

/// Throws Problem: what libarchive says.
void expect(int result, archive* zip) {
  if (result != ARCHIVE_OK)
    throw Problem(std::string("The zip archive cannot be made: ") + archive_error_string(zip));
}

}  // namespace

std::string zip_of(const std::vector<ZipFile>& files) {
  std::string bytes;
  const std::unique_ptr<archive, int (*)(archive*)> zip(archive_write_new(), archive_write_free);
  const std::unique_ptr<archive_entry, void (*)(archive_entry*)> entry(archive_entry_new(),
                                                                       archive_entry_free);
  expect(archive_write_set_format_zip(zip.get()), zip.get());
  expect(archive_write_open2(zip.get(), &bytes, nullptr, append_bytes, nullptr, nullptr),
         zip.get());
  for (const ZipFile& file : files) {
    archive_entry_clear(entry.get());  // no time: what unpacks it takes the earliest that zip knows
    archive_entry_set_pathname(entry.get(), file.path.c_str());
    archive_entry_set_filetype(entry.get(), AE_IFREG);
    archive_entry_set_perm(entry.get(), file.executable ? 0755 : 0644);
    archive_entry_set_size(entry.get(), static_cast<la_int64_t>(file.content.size()));
    expect(archive_write_header(zip.get(), entry.get()), zip.get());
    const la_ssize_t written =
        archive_write_data(zip.get(), file.content.data(), file.content.size());
    if (written != static_cast<la_ssize_t>(file.content.size())) expect(ARCHIVE_FATAL, zip.get());
  }
  expect(archive_write_close(zip.get()), zip.get());
  return bytes;
}

}  // namespace qkoan
