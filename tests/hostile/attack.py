#!/usr/bin/env python3
"""Hostile submissions among honest ones, graded as a class, in every tier of keeping code in. Nobody gets
a mark that is not earned, nobody loses one, and nothing happens to host and neighbours.

Arguments are tiers, or names of attacks; without one, all. A tier that this machine does not have is told
loudly, and is a failure where CI is set. Where bwrap works, all of it happens where only a scratch folder
can be written: this is about a grader's sandboxes, and one that leaks shall be seen and do no harm."""

import json
import os
import pathlib
import re
import sys
import tempfile
import time
import unittest

sys.dont_write_bytecode = True
import playground

TIERS = ("namespaces", "landlock")
SEED = 7  # not that of the class, which is secret: an attack has answers for it
MOST_SECONDS = 400  # for a whole class
HONEST_EVERY = 8  # hostile ones
# What steers a terminal or a browser, and what no report may therefore contain as it is.
RAW = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u202a-\u202e\u2066-\u2069]|\r(?!\n)")
MARKUP = re.compile(r"<script>(document|1)|<img src=x|^\"?[=+@]HYPERLINK", re.MULTILINE)


def texts_in(json_value):
    """All texts in a JSON value, as its reader gets them."""
    if isinstance(json_value, str):
        yield json_value
    elif isinstance(json_value, dict):
        json_value = list(json_value.values())
    if isinstance(json_value, list):
        for one in json_value:
            yield from texts_in(one)


class Class:
    """Submissions, each a student's: hostile ones, and honest ones before, between and beside them."""

    def __init__(self, root, attacks, out):
        self.course = playground.Course(root / "course")
        self.playground = playground.Playground(root / "playground", self.course)
        self.folder = root / "class"
        self.honest = []  # (student, lesson, hash of the text)
        self.hostile = {}  # (lesson, hash of the text) -> attack
        neighbour = self.hand_in_honest("000 honest", "alibi", f"// {self.playground.word}\n")
        self.playground.neighbour_file = out / "files" / neighbour[:2] / f"{neighbour}.cpp"
        self.playground.results = out / "results"
        answers = self.playground.record_answers(SEED)
        for number, attack in enumerate(attacks, 1):
            self.hand_in_hostile(f"{number:03} hostile {attack.name}", attack, answers)
            if number % HONEST_EVERY == 0 or number == len(attacks):
                lesson = playground.HONEST_LESSONS[number // HONEST_EVERY % len(playground.HONEST_LESSONS)]
                self.hand_in_honest(f"{number:03} honest", lesson)
        for lesson in playground.HONEST_LESSONS:
            self.hand_in_honest("999 honest", lesson)

    def hand_in(self, student, lesson, text):
        file = self.folder / student / f"{lesson}.cpp"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(text.encode())
        return playground.digest(text)

    def hand_in_honest(self, student, lesson, note=""):
        """Our own solution; the student's name makes it another text, to be judged by itself."""
        solution = (playground.REPOSITORY / f"solutions/{lesson}.cpp").read_text()
        content = self.hand_in(student, lesson, f"// {student}\n{note}{solution}")
        self.honest.append((student, lesson, content))
        return content

    def hand_in_hostile(self, student, attack, answers):
        text = self.playground.fill_in(attack, answers)
        self.hostile[attack.lesson, self.hand_in(student, attack.lesson, text)] = attack
        if int(student[:3]) % HONEST_EVERY == 4:
            other = "t5_buckets" if attack.lesson != "t5_buckets" else "alibi"
            self.hand_in_honest(student, other)


class Run:
    """The class, graded in one tier."""

    def __init__(self, tier, attacks):
        root = pathlib.Path(tempfile.mkdtemp(prefix=f"{tier}-", dir=os.environ.get(playground.SCRATCH)))
        root.chmod(0o755)
        self.tier = tier
        self.out = root / "out"
        self.group = Class(root, attacks, self.out)
        self.before = self.group.course.fingerprint()
        begin = time.monotonic()
        command = [str(self.group.course.build / "bin/qkoan"), "grade", str(self.group.folder), "--out",
                   str(self.out), "--tier", tier]
        secret = {"QKOAN_HOSTILE_SECRET": self.group.playground.secret}
        self.code, self.output, self.errors = playground.run_limited(
            command, MOST_SECONDS, self.group.course.root, secret)
        self.seconds = time.monotonic() - begin
        self.records, self.strange = self.read_results()
        self.speeds = self.read_speeds()
        self.effects = self.find_effects()
        self.left = playground.at_home_in(root)
        playground.kill(self.left)
        self.group.playground.close()

    def read_results(self):
        """The records by lesson and text, and what else lies among them."""
        records, strange = {}, []
        for file in sorted((self.out / "results").rglob("*")):
            if file.is_dir():
                continue
            try:
                record = json.loads(file.read_text()) | {"key": file.stem}
                conditions = record["conditions"]
                records.setdefault((conditions["lesson"], conditions["content"]), []).append(record)
            except (ValueError, LookupError, TypeError):
                strange.append(str(file.relative_to(self.out)))
        return records, strange

    def read_speeds(self):
        """The tasks that a race has found fast, by the key of the record."""
        speeds = {}
        for file in (self.out / "speed").glob("*/*.json"):
            speed = json.loads(file.read_text())
            fast = {task["task"] for task in speed["tasks"] if task["pace"] == "fast"}
            speeds.setdefault(speed["conditions"]["record"], set()).update(fast)
        return speeds

    def texts(self):
        """All that the grader says: its output, and its files but for what was handed in."""
        yield "the output", self.output
        yield "the errors", self.errors
        for file in sorted(self.out.rglob("*")):
            place = file.relative_to(self.out)
            if file.is_file() and place.parts[0] != "files":
                yield str(place), file.read_bytes().decode(errors="replace")

    def find_effects(self):
        effects = self.group.playground.effects()
        for place, text in self.texts():
            for leak in self.group.playground.leaks(text):
                effects.setdefault(leak, f"{place} tells it")
        now = self.group.course.fingerprint()
        changed = [place for place in now.keys() | self.before if now.get(place) != self.before.get(place)]
        if changed:
            effects["repository"] = f"changed: {sorted(changed)[:5]}"
        if self.strange:
            effects["results"] = f"among the results: {self.strange[:5]}"
        return effects

    def passed(self, lesson, content):
        """The tasks that passed, by any record of this text."""
        return {task["task"] for record in self.records.get((lesson, content), [])
                for task in record["tasks"] if task["result"] == "passed"}

    def fast(self, lesson, content):
        return {task for record in self.records.get((lesson, content), [])
                for task in self.speeds.get(record["key"], ())}

    def is_unavailable(self):
        """It refused to begin, and said why: without this tier, nothing else is meant."""
        return self.code == 2 and not self.records and self.tier in self.errors


class InTier:
    """What must hold in each tier."""

    tier = ""

    @classmethod
    def setUpClass(cls):
        cls.run_of_class = run = Run(cls.tier, ATTACKS)
        if run.is_unavailable():
            reason = run.errors.strip() or run.output.strip()
            print(f"\nTHE TIER {cls.tier} WAS NOT TESTED, this machine does not have it: {reason}", flush=True)
            if os.environ.get("CI"):
                raise RuntimeError(f"the tier {cls.tier} is not available: {reason}")
            raise unittest.SkipTest(f"the tier {cls.tier} is not available")
        print(f"\n{cls.tier}: {len(run.group.hostile)} hostile and {len(run.group.honest)} honest files in "
              f"{run.seconds:.0f} s", flush=True)

    def setUp(self):
        self.graded = self.run_of_class
        self.group = self.graded.group

    def test_it_came_to_its_end(self):
        tail = self.graded.errors[-2000:]
        self.assertIn(self.graded.code, (0, 1), f"after {self.graded.seconds:.0f} s: {tail}")

    def test_every_file_was_judged_once(self):
        handed_in = [(attack.name, *one) for one, attack in self.group.hostile.items()]
        for name, lesson, content in handed_in + self.group.honest:
            with self.subTest(name, lesson=lesson):
                self.assertEqual(len(self.graded.records.get((lesson, content), [])), 1)

    def test_nobody_is_paid_for_nothing(self):
        for (lesson, content), attack in self.group.hostile.items():
            with self.subTest(attack.name):
                self.assertEqual(self.graded.passed(lesson, content) - attack.earns, set())

    def test_nobody_is_paid_for_speed(self):
        for (lesson, content), attack in self.group.hostile.items():
            paid = attack.earns if attack.speed else set()
            with self.subTest(attack.name):
                self.assertEqual(self.graded.fast(lesson, content) - paid, set())

    def test_the_judge_does_not_crash(self):
        for one, attack in self.group.hostile.items():
            with self.subTest(attack.name):
                kinds = {task["task"]: task["kind"] for record in self.graded.records.get(one, [])
                         for task in record["tasks"]}
                if not attack.crashes:
                    self.assertNotIn("crashed", kinds.values())

    def test_honest_parts_are_paid(self):
        for (lesson, content), attack in self.group.hostile.items():
            with self.subTest(attack.name):
                self.assertLessEqual(attack.earns, self.graded.passed(lesson, content))

    def test_honest_neighbours_lose_nothing(self):
        for student, lesson, content in self.group.honest:
            with self.subTest(student=student, lesson=lesson):
                tasks = json.loads(next((playground.REPOSITORY / "lessons").glob(f"*-{lesson}"))
                                   .joinpath("tasks.json").read_text())["tasks"]
                self.assertEqual(self.graded.passed(lesson, content), {task["task"] for task in tasks})

    def test_nothing_happens_to_others(self):
        self.assertEqual(self.graded.effects, {})

    def test_nothing_is_left_running(self):
        self.assertEqual(self.graded.left, [])

    def test_what_is_reported_is_harmless(self):
        for place, text in self.graded.texts():
            with self.subTest(place):
                if place.endswith(".json"):
                    for one in texts_in(json.loads(text)):
                        self.assertNotRegex(one, RAW)
                else:
                    self.assertNotRegex(text, RAW)
                    self.assertNotRegex(text, MARKUP)


class Namespaces(InTier, unittest.TestCase):
    tier = "namespaces"


class Landlock(InTier, unittest.TestCase):
    tier = "landlock"


def run_kept_in():
    """Runs this program again, kept in where that is possible. Returns the exit code."""
    rights = ["--cap-add", "ALL"] if os.geteuid() == 0 else []  # a grader that is started as root has them
    code, reason = playground.run_kept_in(sys.argv, *rights)
    if code is None:
        print(f"attack: the grader's sandboxes alone keep the attacks in: {reason}", flush=True)
    return code


if __name__ == "__main__":
    if not os.environ.get(playground.SCRATCH):
        playground.build("class")
        CODE = run_kept_in()
        if CODE is not None:
            sys.exit(CODE)
    WANTED = sys.argv[1:]
    NAMES = [word for word in WANTED if word not in TIERS]
    ATTACKS = [attack for attack in playground.read_attacks() if not NAMES or attack.name in NAMES]
    CASES = [case for case in (Namespaces, Landlock)
             if case.tier in WANTED or not set(TIERS) & set(WANTED)]
    LOADER = unittest.TestLoader()
    SUITE = unittest.TestSuite(LOADER.loadTestsFromTestCase(case) for case in CASES)
    RESULT = unittest.TextTestRunner(verbosity=2).run(SUITE)
    NOTHING_RAN = RESULT.wasSuccessful() and RESULT.testsRun == 0
    sys.exit(playground.NOT_RUN if NOTHING_RAN else 0 if RESULT.wasSuccessful() else 1)
