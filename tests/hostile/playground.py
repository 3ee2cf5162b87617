"""What the two tests of hostile submissions share: the submissions, a course of its own that they may
break, and a playground in which everything they do to host and neighbours is seen.

A hostile submission is tests/hostile/NAME.cpp. Its first lines are for us:

    // lesson: alibi        the lesson for which it is handed in
    // earns: dot           the tasks that it solves honestly, so that the attack can go on; or none
    // compiles: no         (said where it does not: all others must, or they would prove nothing)
    // ends: no             the compiler, or the harness that has no sandbox, never comes to an end
    // crashes: no          no crash is its own: if one is reported, the judge was made to crash
    // speed: none          it is not to be paid for speed (said where it solves tasks, but slowly)
    // copies: 8            it is handed in so often, as NAME_0, NAME_1, …; @COPY@ is the number
    // shows: file secret   the effects that it has where nothing keeps it in
    // Tries: …             what it does
    // A mark: …            what it gets for it, where it works

#include "parts/…" stands for the text of that file, and names between @ signs are filled in.
"""

import dataclasses
import hashlib
import json
import os
import pathlib
import re
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time

HERE = pathlib.Path(__file__).resolve().parent
REPOSITORY = HERE.parent.parent
BUILD = pathlib.Path(os.environ.get("QKOAN_BUILD", REPOSITORY / "build"))
SCRATCH = "QKOAN_HOSTILE_SCRATCH"
NOT_RUN = 77  # what ctest takes for: skipped
LESSONS = ("scaled_scores", "attention_weights", "t5_buckets", "alibi", "attention_kernel", "long_context")
HONEST_LESSONS = LESSONS[:4]  # quickly judged
HEADER = re.compile(r"// (lesson|earns|compiles|copies|ends|crashes|speed|shows|Tries|A mark): (.*)")
# Where an attack may go by a path of its own, mostly to read: all else is @PLAYGROUND@ and its like. What
# it writes must lie there even where nothing keeps it in.
PATH = re.compile(r'\\?"(/[A-Za-z][^"\\]*)\\?"')
KNOWN_PATH = re.compile(r"/(etc/(passwd|hostname)|proc(/.*)?|dev/(null|zero)|bin/sh|cmdline)"
                        r"|/tmp/qkoan-hostile-@TOKEN@-\w+|/qkoan-hostile-@TOKEN@-\w+")
LEAKED_INPUT = re.compile(r"HOSTILE-INPUT (seed )?-?[0-9]")
OUTPUTS = re.compile(r"build/(exercises|worker|class)/|\.qkoan")  # the tool itself writes there


@dataclasses.dataclass
class Attack:
    """One hostile submission."""

    name: str
    lesson: str
    earns: frozenset
    shows: frozenset
    text: str
    compiles: bool = True
    ends: bool = True
    crashes: bool = True
    speed: bool = True


def words(text):
    return frozenset(text.split()) - {"none"}


def read_attack(file):
    """The attacks in one file: several, if it is to be handed in more than once."""
    text = file.read_text()
    says = dict(match.groups() for match in map(HEADER.match, text.splitlines()) if match)
    for wanted in ("lesson", "earns", "Tries", "A mark"):
        if wanted not in says:
            raise ValueError(f"{file}: has no line '// {wanted}: …' (tests/hostile/playground.py)")
    for path in PATH.findall(text):
        if not KNOWN_PATH.fullmatch(path):
            raise ValueError(f"{file}: names '{path}' itself. Attacks must not reach anybody's files: use "
                             "@PLAYGROUND@, or add what is only read to KNOWN_PATH in playground.py")
    if says["lesson"] not in LESSONS:
        raise ValueError(f"{file}: is for '{says['lesson']}'; the course here has {LESSONS}")
    one = Attack(file.stem, says["lesson"], words(says["earns"]), words(says.get("shows", "")),
                 text, says.get("compiles") != "no", says.get("ends") != "no",
                 says.get("crashes") != "no", says.get("speed") != "none")
    if "copies" not in says:
        return [one]
    return [dataclasses.replace(one, name=f"{one.name}_{number}", text=text.replace("@COPY@", str(number)))
            for number in range(int(says["copies"]))]


def with_parts(text, answers="0"):
    """With what stands in parts/, and the answers of a right function for what only they can fill."""
    def part(match):
        return answers if match[1] == "parts/answers.hpp" else (HERE / match[1]).read_text()

    return re.sub(r'^#include "(parts/.*)"$', part, text, flags=re.MULTILINE)


def read_attacks():
    return [attack for file in sorted(HERE.glob("*.cpp")) for attack in read_attack(file)]


class Course:
    """A copy of the course, built: hostile code may break it."""

    FOLDERS = ("exercises", "lessons", "reference", "solutions", "tests", "benchmarks")
    BUILT = ("bin", "suites", "solutions", "mutants", "pch", "class", "races")
    NAMING_PLACES = ("paths.json", "compile_commands.json", "class/compile.json", "class/course/pch/qkoan.hpp")

    def __init__(self, root):
        self.root = root
        self.build = root / "build"
        for name in self.FOLDERS:
            shutil.copytree(REPOSITORY / name, root / name)
        for name in self.BUILT:
            if (BUILD / name).exists():
                shutil.copytree(BUILD / name, self.build / name)
        self.source_of_build = json.loads((BUILD / "paths.json").read_text())["source"]
        for name in self.NAMING_PLACES:
            if not (BUILD / name).exists():
                continue  # nothing that grades classes is built
            text = (BUILD / name).read_text()
            text = text.replace(str(BUILD), str(self.build))
            (self.build / name).write_text(text.replace(self.source_of_build, str(root)))
        if (self.build / "class").exists():
            self.precompile_again()
        self.nothing_to_build()

    def precompile_again(self):
        """A compiler may take what is precompiled only where it was, and as old as it was."""
        compiler = json.loads((self.build / "paths.json").read_text())["compiler"]
        flags = json.loads((self.build / "class/compile.json").read_text())["flags"]
        header = self.build / "class/course/pch/qkoan.hpp"
        precompiled, = header.parent.glob("qkoan.hpp.*")
        subprocess.run([compiler, *flags, f"-I{header.parent.parent}", "-x", "c++-header", header, "-o",
                        precompiled], check=True)

    def nothing_to_build(self):
        """`cmake --build` finds everything up to date."""
        ninja = shutil.which("ninja")
        (self.build / "CMakeCache.txt").write_text(
            "CMAKE_PROJECT_NAME:STATIC=qkoan\nCMAKE_GENERATOR:INTERNAL=Ninja\n"
            f"CMAKE_MAKE_PROGRAM:FILEPATH={ninja}\n")
        targets = subprocess.run([ninja, "-C", BUILD, "-t", "targets", "all"], text=True,
                                 capture_output=True, check=True).stdout
        names = re.findall(r"^([\w-]+): phony$", targets, re.MULTILINE)
        (self.build / "build.ninja").write_text("".join(f"build {n}: phony\n" for n in names))

    def fingerprint(self):
        """What must not change: files of the course, but not what the tool writes."""
        seen = {}
        for folder, _, files in os.walk(self.root):
            for name in files:
                file = pathlib.Path(folder, name)
                place = str(file.relative_to(self.root))
                if not OUTPUTS.search(place):
                    status = file.lstat()
                    seen[place] = (status.st_size, status.st_mtime_ns)
        return seen


NEIGHBOUR = """
import os, signal, sys, time
def tell(number, _):
    os.write(1, b"signal %d\\n" % number)
for number in (signal.SIGURG, signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGUSR1):
    signal.signal(number, tell)
print("ready", flush=True)
while True:
    time.sleep(1)
"""


class Playground:
    """A place with secrets, neighbours and listeners. Close it."""

    def __init__(self, root, course):
        self.root, self.course = root, course
        self.token = secrets.token_hex(4)
        self.secret = "HOSTILE_SECRET_" + secrets.token_hex(8)
        self.word = "HOSTILE_NEIGHBOUR_" + secrets.token_hex(8)
        self.seen = []  # what listeners heard
        root.mkdir()
        (root / "marks").mkdir()
        (root / "secret.txt").write_text(self.secret + " is_secret;\n")
        (root / "neighbour.cpp").write_text(f"int stolen = {self.word};\n")
        for folder in (root, root / "marks"):
            folder.chmod(0o777)
        self.results = root / "results"
        self.neighbour_file = root / "neighbour.cpp"
        self.neighbour_log = open(root / "neighbour.log", "wb")
        self.neighbour = subprocess.Popen([sys.executable, "-c", NEIGHBOUR],
                                          stdout=self.neighbour_log, start_new_session=True)
        self.listeners = list(self.listen())

    def listen(self):
        tcp = socket.create_server(("127.0.0.1", 0))
        self.port = tcp.getsockname()[1]
        udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        udp.bind(("127.0.0.1", self.port))
        named = socket.socket(socket.AF_UNIX)
        named.bind(str(self.root / "listener"))
        (self.root / "listener").chmod(0o777)
        named.listen()
        nameless = socket.socket(socket.AF_UNIX)
        nameless.bind("\0" + "qkh" + self.token)
        nameless.listen()
        for one in (tcp, udp, named, nameless):
            threading.Thread(target=self.hear, args=(one,), daemon=True).start()
            yield one

    def hear(self, listener):
        while True:
            try:
                if listener.type == socket.SOCK_DGRAM:
                    self.seen.append(listener.recv(100))
                    continue
                connection, _ = listener.accept()
                with connection:
                    connection.settimeout(2)
                    self.seen.append(connection.recv(100))
            except TimeoutError:
                self.seen.append(b"silent")
            except OSError:
                return

    def process_name(self):
        return "qkh" + self.token  # at most 15 letters

    def fill_in(self, attack, answers=""):
        """The text to hand in."""
        text = with_parts(attack.text, answers or "0")
        solutions = sorted(file.name for file in (self.course.build / "solutions").glob("alibi*v2.so"))
        values = {"NAME": attack.name, "PLAYGROUND": self.root, "REPOSITORY": self.course.root,
                  "RESULTS": self.results, "NEIGHBOUR": self.neighbour_file, "TOKEN": self.token,
                  "PROCESS": self.process_name(), "PORT": self.port,
                  "NEIGHBOUR_PID": self.neighbour.pid, "SOLUTION": (solutions or ["none"])[0],
                  "ESCAPE": "\x1b", "BELL": "\x07", "RETURN": "\r", "RTL": "\u202e"}
        return re.sub(r"@([A-Z_]+)@", lambda match: str(values[match[1]]), text)

    def record_answers(self, seed):
        """What a right dot() answers, with this seed: what parts/answers.hpp stands for."""
        recorder = Attack("recorder", "scaled_scores", frozenset(), frozenset(),
                          (HERE / "parts/recorder.cpp").read_text())
        file = self.root / "recorder.cpp"
        file.write_text(self.fill_in(recorder))
        command = [str(self.course.build / "bin/qkoan"), "run", "scaled_scores", "--task", "dot",
                   "--implementation", str(file), "--seed", str(seed)]
        run_limited(command, 60, self.course.root, {})
        return (self.root / "answers").read_text()

    def leaks(self, text):
        """What a text tells that nobody may tell."""
        if self.secret in text or "root:x:0:0" in text or "namespace qkoan::reference" in text:
            yield "secret"
        if self.word in text:
            yield "neighbour"
        if LEAKED_INPUT.search(text):
            yield "inputs"
        if "HOSTILE-ROOT" in text:
            yield "kernel"

    def effects(self):
        """What happened to host and neighbours since the last call, with what is known of it."""
        found = {}
        for mark in (self.root / "marks").iterdir():
            found[mark.suffix[1:]] = f"{mark.name}: {mark.read_text(errors='replace')[:60].strip()}"
            mark.unlink()
        if heard := [one for one in self.seen if one]:
            self.seen.clear()
            found["network"] = f"the listener heard {heard[0]!r}"
        log = (self.root / "neighbour.log").read_text().replace("ready\n", "")
        if log or self.neighbour.poll() is not None:
            os.truncate(self.root / "neighbour.log", 0)
            self.neighbour_log.seek(0)
            found["signal"] = f"the neighbour got: {log.strip() or self.neighbour.returncode}"
        if left := self.processes():
            found["process"] = f"{len(left)} processes were left"
            kill(left)
        return found | self.files_left()

    def processes(self):
        return [process for process in all_processes() if comm(process) == self.process_name()]

    def files_left(self):
        found = {}
        for place in ("/tmp", "/var/tmp", "/dev/shm", "/run", "/"):
            for file in pathlib.Path(place).glob(f"qkoan-hostile-{self.token}-*"):
                found["file"] = f"{file} was left"
                file.unlink()
        return found

    def close(self):
        kill(self.processes())
        self.neighbour.kill()
        self.neighbour.wait()
        for listener in self.listeners:
            listener.close()
        self.neighbour_log.close()


def build(kind):
    """Builds lesson_NAME, or class_NAME, for all lessons here; later, there is nowhere to build."""
    targets = [f"{kind}_{lesson}" for lesson in LESSONS]
    command = ["flock", BUILD / ".qkoan-building", "cmake", "--build", BUILD, "--target", *targets]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"building {' '.join(targets)} failed:\n{done.stdout[-3000:]}{done.stderr[-3000:]}")


def run_kept_in(arguments, *more):
    """Runs a Python program again where only a scratch folder can be written (SCRATCH names it), processes
    are its own, and the only network is a loopback of its own. Nothing else keeps a mistake in an attack
    from somebody's files. Returns its exit code, or None and why it cannot be done."""
    with tempfile.TemporaryDirectory(prefix="qkoan-hostile-") as scratch:
        os.chmod(scratch, 0o755)  # a grader that drops its rights shall find nothing protected by this
        os.mkdir(os.path.join(scratch, "tmp"))
        os.chmod(os.path.join(scratch, "tmp"), 0o777)
        keep_in = ["bwrap", "--ro-bind", "/", "/", "--dev", "/dev", "--proc", "/proc", "--bind", scratch,
                   scratch, "--unshare-pid", "--unshare-net", "--unshare-ipc", "--die-with-parent", *more,
                   "--setenv", "TMPDIR", os.path.join(scratch, "tmp"), "--setenv", SCRATCH, scratch]
        try:
            tried = subprocess.run(keep_in + ["true"], capture_output=True, text=True)
        except FileNotFoundError:
            return None, "bwrap is missing: install the package bubblewrap"
        if tried.returncode != 0:
            return None, "bwrap does not work here: " + tried.stderr.strip()
        return subprocess.run(keep_in + [sys.executable, *arguments]).returncode, ""


def all_processes():
    return [int(name) for name in os.listdir("/proc") if name.isdigit()]


def comm(process):
    try:
        text = pathlib.Path(f"/proc/{process}/stat").read_text()
    except OSError:
        return ""
    name, _, rest = text.partition("(")[2].rpartition(")")
    return "" if rest.split()[0] == "Z" else name  # a zombie has ended


def kill(processes):
    for process in processes:
        try:
            os.kill(process, signal.SIGKILL)
        except ProcessLookupError:
            pass


def at_home_in(folder):
    """Processes whose program or working directory lies in the folder."""
    found = []
    for process in all_processes():
        for link in ("exe", "cwd"):
            try:
                place = os.readlink(f"/proc/{process}/{link}")
            except OSError:
                continue
            if place.startswith(str(folder) + "/") and process != os.getpid():
                found.append(process)
                break
    return found


def run_limited(command, seconds, directory, environment):
    """Runs a command, with bounded memory and files. Returns its exit code (None: the time was up),
    what it printed, and what it complained of."""
    limits = ["prlimit", f"--as={6 << 30}", f"--fsize={3 << 30}", "--core=0"]
    with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as errors:
        process = subprocess.Popen(limits + command, cwd=directory, env=os.environ | environment,
                                   stdin=subprocess.DEVNULL, stdout=output, stderr=errors,
                                   start_new_session=True)
        try:
            code = process.wait(seconds)
        except subprocess.TimeoutExpired:
            code = None
            process.terminate()
            try:
                process.wait(2)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        return code, tail_of(output), tail_of(errors)


def tail_of(stream, most=8 << 20):
    stream.seek(0)
    return stream.read(most).decode(errors="replace")


def digest(text):
    return hashlib.sha256(text.encode()).hexdigest()
