#!/usr/bin/env python3
"""archives.py CLASS OUTSIDE: a class of students whose archives and folders were made to do harm.

What leads out of a folder leads to OUTSIDE. Prints a line for each student: the name, the lessons that count
all the same (or -), and what must stand in the row of the manifest (or -), parted by tabs.
"""

import gzip
import io
import lzma
import os
import socket
import stat
import struct
import sys
import tarfile
import zipfile
import zlib

TEXT = b'#include "alibi.hpp"\n// an honest file\n'
MIB = 1 << 20

klass, outside = sys.argv[1:]
os.makedirs(klass)
expected = []


def student(name, ending, data, lessons, reason):
    with open(os.path.join(klass, name + ending), "wb") as file:
        file.write(data)
    expected.append((name, lessons, reason))


def zipped(*entries, mode=zipfile.ZIP_DEFLATED):
    """Entries are (name or ZipInfo, content)."""
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", mode) as archive:
        for name, content in entries:
            archive.writestr(name, content, mode)
    return data.getvalue()


def special(name, kind):
    info = zipfile.ZipInfo(name)
    info.create_system = 3
    info.external_attr = (kind | 0o777) << 16
    return info


def tarred(*entries, mode="w"):
    """Entries are (name, content) or TarInfo."""
    data = io.BytesIO()
    with tarfile.open(fileobj=data, mode=mode, format=tarfile.GNU_FORMAT) as archive:
        for entry in entries:
            info = entry if isinstance(entry, tarfile.TarInfo) else tarfile.TarInfo(entry[0])
            content = b"" if isinstance(entry, tarfile.TarInfo) else entry[1]
            if not isinstance(entry, tarfile.TarInfo):
                info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    return data.getvalue()


def node(name, kind, target=""):
    info = tarfile.TarInfo(name)
    info.type = kind
    info.linkname = target
    return info


def patched(data, signature, offset, value):
    """Changes a field of each header with this signature."""
    data = bytearray(data)
    place = data.find(signature)
    assert place >= 0
    while place >= 0:
        data[place + offset:place + offset + len(value)] = value
        place = data.find(signature, place + 4)
    return bytes(data)


LOCAL, CENTRAL = b"PK\x03\x04", b"PK\x01\x02"


def local_header(number, packed, content):
    name = b"d%04d/alibi.cpp" % number
    fixed = struct.pack("<HHHHHIII", 20, 0, 8, 0, 0x21, zlib.crc32(content), len(packed), len(content))
    return name, fixed, LOCAL + fixed + struct.pack("<HH", len(name), 0) + name


def overlapping(count, size):
    """David Fifield's bomb: each file is a quotation of the next one's header, and then that file."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    content = bytes(size)
    data = packed = packer.compress(content) + packer.flush()
    entries = []
    for number in reversed(range(count)):
        name, fixed, header = local_header(number, packed, content)
        data = header + data
        entries.append((name, fixed, len(data)))
        quotation = struct.pack("<BHH", 0, len(header), len(header) ^ 0xFFFF)
        content, packed, data = header + content, quotation + header + packed, quotation + data
    data = data[5:]
    directory = b""
    for name, fixed, distance in entries:
        directory += CENTRAL + struct.pack("<H", 20) + fixed
        directory += struct.pack("<HHHHHII", len(name), 0, 0, 0, 0, 0o100644 << 16, len(data) - distance) + name
    end = struct.pack("<IHHHHIIH", 0x06054B50, 0, 0, count, count, len(directory), len(data), 0)
    return data + directory + end


def sparse_tar(size, stored):
    """A file of which so many bytes are stored, at its end."""
    header = bytearray(tarfile.TarInfo("alibi.cpp").tobuf(tarfile.GNU_FORMAT))
    header[156:157] = b"S"
    number = lambda value: b"%011o\0" % value if value < 8**11 else b"\x80" + value.to_bytes(11, "big")
    header[124:124 + 12] = number(stored)
    header[386:386 + 24] = number(size - stored) + number(stored)
    header[483:483 + 12] = number(size)
    header[148:156] = b" " * 8
    header[148:156] = b"%06o\0 " % sum(header)
    return bytes(header) + bytes(1536)


def greedy_xz():
    """A dictionary of 4 GiB, which the header asks for."""
    data = bytearray(lzma.compress(tarred(("alibi.cpp", TEXT)), lzma.FORMAT_XZ))
    size = (data[12] + 1) * 4  # of the block's header, behind the 12 bytes of the stream's
    place = data.index(b"\x21\x01", 12) + 2
    data[place] = 40
    data[12 + size - 4:12 + size] = struct.pack("<I", zlib.crc32(bytes(data[12:12 + size - 4])))
    return bytes(data)


def seven_zip(name, content, packed_size=None):
    """A 7z with one file that is stored."""
    number = lambda value: bytes([0xC0 | value >> 16, value & 0xFF, value >> 8 & 0xFF])
    size = number(packed_size or len(content))
    utf16 = (name + "\0").encode("utf-16-le")
    header = (b"\x01\x04\x06" + b"\0" + b"\x01\x09" + size + b"\0"  # where the data is
              + b"\x07\x0b\x01\0\x01\x01\0\x0c" + size + b"\0"      # one folder, stored as it is
              + b"\x08\x0a\x01" + struct.pack("<I", zlib.crc32(content)) + b"\0\0"
              + b"\x05\x01\x11" + number(len(utf16) + 1) + b"\0" + utf16 + b"\0\0")
    start = struct.pack("<QQI", len(content), len(header), zlib.crc32(header))
    return b"7z\xbc\xaf\x27\x1c\0\x04" + struct.pack("<I", zlib.crc32(start)) + start + content + header


def zips():
    good = ("exercises/alibi.cpp", TEXT)
    yield "honest", zipped(good), "alibi", "-"
    yield "slip", zipped(good, (f"../../../../../..{outside}/alibi.cpp", b"evil")), "alibi", \
        "its path leads out of its folder"
    yield "slip_alone", zipped(("../alibi.cpp", TEXT)), "-", "its path leads out of its folder"
    yield "slip_backslash", zipped((f"..\\..\\alibi.cpp", TEXT)), "-", "its path leads out of its folder"
    yield "slip_inside", zipped(("a/b/../../../alibi.cpp", TEXT)), "-", "its path leads out of its folder"
    yield "slip_unwanted", zipped(good, ("../../evil.so", b"evil")), "alibi", "its path leads out of its folder"
    yield "absolute", zipped((f"{outside}/alibi.cpp", TEXT)), "-", "its path is absolute"
    yield "drive", zipped(("C:\\alibi.cpp", TEXT)), "-", "its path is absolute"
    yield "link", zipped((special("alibi.cpp", stat.S_IFLNK), "/etc/passwd")), "-", "it is a symbolic link"
    yield "link_folder", zipped((special("exercises", stat.S_IFLNK), outside), good), "alibi", "-"
    yield "bomb", zipped(("alibi.cpp", bytes(64 * MIB))), "-", "it is larger than 1 MiB"
    yield "large", zipped(("alibi.cpp", b"/" * (MIB + 1))), "-", "it is larger than 1 MiB"
    yield "largest", zipped(("alibi.cpp", b"/" * MIB)), "alibi", "-"
    yield "bomb_unwanted", zipped(("zeros.bin", bytes(80 * MIB)), good), "alibi", "-"
    yield "overlap", overlapping(200, MIB // 2), "-", "it unpacks to more than 64 MiB"
    yield "many_entries", zipped(good, *((f"f{i}", b"") for i in range(10_001))), "-", \
        "it has more than 10000 entries"
    short = struct.pack("<I", 10)
    yield "lies_short", patched(patched(zipped(good), LOCAL, 22, short), CENTRAL, 24, short), "-", "it is damaged"
    huge = struct.pack("<I", 0xFFFFFF00)
    yield "lies_huge", patched(patched(zipped(good), LOCAL, 22, huge), CENTRAL, 24, huge), "-", \
        "it is larger than 1 MiB"
    more = struct.pack("<I", 1000)
    yield "lies_long", patched(patched(zipped(good), LOCAL, 22, more), CENTRAL, 24, more), "-", "it is damaged"
    yield "crc", patched(patched(zipped(good), LOCAL, 14, b"evil"), CENTRAL, 16, b"evil"), "-", "it is damaged"
    yield "encrypted", patched(patched(zipped(good), LOCAL, 6, b"\1"), CENTRAL, 8, b"\1"), "-", "it is encrypted"
    yield "truncated", zipped(good, ("b", os.urandom(5000)))[:-3000], "-", "it is damaged, or no archive"
    yield "empty_file", b"", "-", "it is damaged, or no archive"
    yield "no_archive", b"<html>404</html>", "-", "it is damaged, or no archive"
    yield "no_entries", zipped(), "-", "it is damaged, or no archive"
    yield "twice", zipped(good, (good[0], TEXT + b"//")), "-", "differ: hand in one for alibi"
    yield "twice_the_same", zipped(good, good), "alibi", "-"
    yield "elsewhere", zipped(good, ("tests/stubs/alibi.cpp", b"a stub")), "alibi", "-"
    yield "compressed_twice", gzip.compress(zipped(good)), "-", "it is damaged, or no archive"
    nested = zipped(("work.zip", zipped(good)))
    yield "nested", nested, "alibi", "-"
    yield "nested_deep", zipped(("deeper.zip", nested)), "-", "archives in archives are read 2 deep"
    yield "nested_many", zipped(good, *((f"{i}.zip", zipped(("x", b""))) for i in range(200))), "-", "100 archives"
    yield "nested_bombs", zipped(*((f"{i}.zip", overlapping(100, MIB // 2)) for i in range(9))), "-", \
        "at most 128 MiB"
    yield "nested_slip", zipped(("work.tar", tarred(("../alibi.cpp", TEXT)))), "-", \
        "its path leads out of its folder"
    yield "control_name", zipped(("ali\x07bi.cpp", TEXT)), "-", "its name must be alibi.cpp"
    yield "escape_name", zipped(("\x1b[31m/../alibi.cpp", TEXT)), "-", r"\x1b[31m/../alibi.cpp"
    yield "rtl_name", zipped(("alibi\u202e.cpp", TEXT)), "-", r"alibi\xe2\x80\xae.cpp"
    yield "latin_name", zipped(("alibi\u00ff.cpp", TEXT)).replace("alibi\u00ff".encode(), b"alibi\xff\xfe"), "-", \
        "its name is empty, or no text in UTF-8"
    yield "latin_folder", zipped(("Xyz/alibi.cpp", TEXT)).replace(b"Xyz", b"M\xfcl"), "alibi", "-"
    yield "option_name", zipped(("-fplugin=x.cpp", TEXT), ("@file.cpp", TEXT)), "-", "no exercise of this course"
    yield "shell_name", zipped(("$(touch evil).cpp", TEXT), (";evil;/alibi.cpp", TEXT)), "alibi", "-"
    yield "markup_name", zipped(("<script>/../alibi.cpp", TEXT)), "-", "<script>/../alibi.cpp"
    yield "upper_name", zipped(("Alibi.CPP", TEXT)), "-", "its name must be alibi.cpp"
    yield "copy_name", zipped(("alibi (1).cpp", TEXT)), "-", "its name must be alibi.cpp"
    yield "long_name", zipped(("x" * 5000 + "/alibi.cpp", TEXT)), "-", "its path is too long"
    yield "deep", zipped(("d/" * 9 + "alibi.cpp", TEXT)), "-", "more than 8 folders deep"
    yield "deepest", zipped(("d/" * 8 + "alibi.cpp", TEXT)), "alibi", "-"
    yield "hidden", zipped((".git/alibi.cpp", TEXT), ("__MACOSX/alibi.cpp", TEXT)), "-", "no exercise of this course"


def tars():
    good = ("exercises/alibi.cpp", TEXT)
    yield "tar_honest", ".tar.gz", tarred(good, mode="w:gz"), "alibi", "-"
    yield "tar_xz", ".tar.xz", tarred(good, mode="w:xz"), "alibi", "-"
    yield "tar_bz2", ".tar.bz2", tarred(good, mode="w:bz2"), "alibi", "-"
    yield "tar_slip", ".tar", tarred((f"../../../../../..{outside}/alibi.cpp", TEXT)), "-", \
        "its path leads out of its folder"
    yield "tar_absolute", ".tar", tarred((f"{outside}/alibi.cpp", TEXT)), "-", "its path is absolute"
    yield "tar_link", ".tar", tarred(node("alibi.cpp", tarfile.SYMTYPE, "/etc/passwd")), "-", "it is a symbolic link"
    yield "tar_link_folder", ".tar", tarred(node("exercises", tarfile.SYMTYPE, outside), good), "alibi", "-"
    yield "tar_hard_link", ".tar", tarred(node("alibi.cpp", tarfile.LNKTYPE, "/etc/passwd")), "-", "it is a hard link"
    yield "tar_device", ".tar", tarred(node("alibi.cpp", tarfile.CHRTYPE)), "-", "it is a device"
    yield "tar_disk", ".tar", tarred(node("alibi.cpp", tarfile.BLKTYPE)), "-", "it is a device"
    yield "tar_pipe", ".tar", tarred(node("alibi.cpp", tarfile.FIFOTYPE)), "-", "it is a named pipe"
    yield "tar_bomb", ".tar.gz", tarred(good, ("zeros", bytes(65 * MIB)), mode="w:gz"), "-", \
        "it unpacks to more than 64 MiB"
    yield "tar_bomb_xz", ".tar.xz", tarred(good, ("zeros", bytes(65 * MIB)), mode="w:xz"), "-", \
        "it unpacks to more than 64 MiB"
    yield "tar_bomb_in_pieces", ".tgz", tarred(*((f"{i}", bytes(MIB)) for i in range(70)), mode="w:gz"), "-", \
        "it unpacks to more than 64 MiB"
    yield "tar_gzip_in_gzip", ".tar.gz", gzip.compress(gzip.compress(tarred(good))), "alibi", "-"
    yield "tar_sparse", ".tar", sparse_tar(8 << 30, 1), "-", "it is larger than 1 MiB"
    yield "tar_hole", ".tar", sparse_tar(4096, 0), "-", "it has not the size that the archive says"
    yield "tar_lies", ".tar", tarred(("alibi.cpp", TEXT * 100))[:1024], "-", "it is damaged, or no archive"
    yield "tar_truncated", ".tar.gz", tarred(good, ("x", os.urandom(MIB)), mode="w:gz")[:MIB // 2], "-", \
        "it is damaged, or no archive"
    yield "tar_greedy", ".tar.xz", greedy_xz(), "-", "it is damaged, or no archive"
    long_name = tarfile.TarInfo("x" * (2 * MIB))
    yield "tar_long_name", ".tar", tarred(long_name, good), "-", "it is damaged, or no archive"
    yield "seven", ".7z", seven_zip("alibi.cpp", TEXT), "alibi", "-"
    yield "seven_slip", ".7z", seven_zip("../alibi.cpp", TEXT), "-", "its path leads out of its folder"
    yield "seven_bomb", ".7z", seven_zip("alibi.cpp", bytes(MIB + 1)), "-", "it is larger than 1 MiB"
    yield "seven_lies", ".7z", seven_zip("alibi.cpp", TEXT, MIB), "-", "it is damaged"
    yield "rar", ".rar", b"Rar!\x1a\x07\x01\0", "-", "hand in a zip or a tar"


def folders():
    """Names, and what is made there."""
    def text(name, content=TEXT):
        def make(folder):
            os.makedirs(os.path.dirname(os.path.join(folder, name)), exist_ok=True)
            with open(os.path.join(folder, name), "wb") as file:
                file.write(content)
        return make

    def sparse(folder):
        with open(os.path.join(folder, "alibi.cpp"), "wb") as file:
            file.truncate(8 << 30)

    def unix_socket(folder):
        here = os.getcwd()
        os.chdir(folder)  # a socket's path is short
        socket.socket(socket.AF_UNIX).bind("alibi.cpp")
        os.chdir(here)

    link = lambda target, name: lambda folder: os.symlink(target, os.path.join(folder, name))
    yield "folder_honest", text("alibi.cpp"), "alibi", "-"
    yield "folder_link", link("/etc/passwd", "alibi.cpp"), "-", "alibi.cpp: it is a symbolic link"
    yield "folder_link_to_other", link("../folder_honest/alibi.cpp", "alibi.cpp"), "-", "it is a symbolic link"
    yield "folder_linked_folder", link("../folder_honest", "exercises"), "-", "no exercise of this course"
    yield "folder_pipe", lambda folder: os.mkfifo(os.path.join(folder, "alibi.cpp")), "-", "it is a named pipe"
    yield "folder_socket", unix_socket, "-", "it is a socket"
    yield "folder_archive_pipe", lambda folder: os.mkfifo(os.path.join(folder, "work.zip")), "-", "it is a named pipe"
    yield "folder_sparse", sparse, "-", "it is larger than 1 MiB"
    yield "folder_too_deep", text("d/" * 9 + "alibi.cpp"), "-", "more than 8 folders deep"
    yield "folder_of_that_name", text("alibi.cpp/alibi.cpp"), "alibi", "-"
    yield "folder_archive", text("work.zip", zipped(("../alibi.cpp", TEXT))), "-", "its path leads out of its folder"
    yield "-fplugin=x", text("alibi.cpp"), "alibi", "-"
    yield "$(touch evil)", text("alibi.cpp"), "alibi", "-"


for name, data, lessons, reason in zips():
    student(name, ".zip", data, lessons, reason)
for name, ending, data, lessons, reason in tars():
    student(name, ending, data, lessons, reason)
for name, make, lessons, reason in folders():
    os.mkdir(os.path.join(klass, name))
    make(os.path.join(klass, name))
    expected.append((name, lessons, reason))
os.symlink(os.path.join(klass, "folder_honest"), os.path.join(klass, "linked_student"))
expected.append(("linked_student", "-", "it is a symbolic link, and not followed"))
for line in expected:
    print("\t".join(line))
