#!/usr/bin/env python3
"""A class that was judged, made by hand: ./some_class.py DIR [COUNT]

Writes what ./qkoan grade leaves in DIR before it writes reports: a manifest, texts and records; and
beside them course.json and students.csv. With COUNT, so many submissions more.
"""
import hashlib
import json
import os
import random
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
HOSTILE = "<script>alert(1)</script> & \"Robert'); --"
REPORT = """\
  Task 2, scaled_score: the scaled score
  check      few_elements: small d, where the bound is tightest

  score
  expected   2.8284271247461900976
  got        4  = 0x1p+2
  allowed    5.73e-06, exceeded 2.04e+05 times
"""
LETTERS = {"p": "passed", "s": "passed", "i": "passed", "f": "failed", "u": "failed", "n": "not_run"}
PACES = {"p": "fast", "s": "slow", "i": "inconclusive"}


def sha256(text):
    return hashlib.sha256(text.encode()).hexdigest()


def tasks_of(lesson):
    folder = next(f for f in os.listdir(f"{ROOT}/lessons") if f[3:] == lesson)
    with open(f"{ROOT}/lessons/{folder}/tasks.json") as file:
        return json.load(file)["tasks"]


def read(path):
    with open(f"{ROOT}/{path}") as file:
        return file.read()


def write(path, text):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w") as file:
        file.write(text)


def grade(number, task, letter, before):
    """A letter is a result: passed and fast, slow, inconclusive; failed, unwritten, not run."""
    result = {"task": task["task"], "title": task["title"], "number": number, "points": task.get("points", 1),
              "speed_points": task.get("speed_points", 1 if "speed" in task else 0), "result": LETTERS[letter],
              "because": before if letter == "n" else "", "kind": {"u": "unsolved", "f": "wrong"}.get(letter, ""),
              "message": f"{task['task']} is 4, expected 2.828427 {HOSTILE}" if letter == "f" else "",
              "report": REPORT + HOSTILE if letter == "f" else "", "bug": "no_scale" if letter == "f" else "",
              "about": "the scale 1/√d is missing" if letter == "f" else ""}
    if letter in PACES and "speed" in task:
        ratio = {"p": 5.25, "s": 1.5, "i": 4}[letter]
        result["speed"] = {"pace": PACES[letter], "ratio": ratio, "required": 4}
    return result


def record(lesson, text, letters):
    conditions = {"lesson": lesson, "content": sha256(text), "harness": sha256(lesson),
                  "compiler": "g++ (Debian 12.2.0-14) 12.2.0 -O3", "limits": "2 s of silence, 2 GiB",
                  "tier": "namespaces", "seed": "18446744073709551557"}
    tasks = tasks_of(lesson)
    grades = []
    if letters not in ("compile", "broken"):
        grades = [grade(i + 1, task, letter, tasks[i - 1]["task"])
                  for i, (task, letter) in enumerate(zip(tasks, letters))]
    return {"schema": "qkoan/grade/1", "conditions": conditions, "compiled": letters != "compile",
            "compiler_says": f"line 3: error: expected ';' {HOSTILE}\n    3 |  x" if letters == "compile" else "",
            "broken": "the suite ended too early" if letters == "broken" else "",
            "tasks": grades, "seconds": {"compile": 0.1, "judge": 0.2}}


class Class:
    def __init__(self, folder):
        self.folder = folder
        self.submissions = []

    def hand_in(self, student, submitted, problems=(), **lessons):
        """Of each lesson a text and its letters; without letters it was not judged."""
        files = []
        for lesson, (text, letters) in sorted(lessons.items()):
            content = sha256(text)
            files.append({"lesson": lesson, "content": content})
            write(f"{self.folder}/files/{content[:2]}/{content}.cpp", text)
            if not letters:
                continue
            verdict = record(lesson, text, letters)
            key = sha256(json.dumps(verdict["conditions"], separators=(",", ":"), ensure_ascii=False))
            write(f"{self.folder}/results/{key[:2]}/{key}.json", json.dumps(verdict, ensure_ascii=False))
        self.submissions.append({"id": sha256(student)[:32], "student": student, "submitted": submitted,
                                 "files": files, "problems": list(problems)})

    def finish(self):
        self.submissions.sort(key=lambda one: one["student"])
        write(f"{self.folder}/manifest.json",
              json.dumps({"schema": "qkoan/manifest/1", "submissions": self.submissions,
                          "notes": [f"{HOSTILE}.txt is no submission"]}, ensure_ascii=False))


def renamed(text):
    """As somebody would who copies: other names, numbers and comments."""
    for name, other in [("sum", "total"), ("row", "line"), ("float", "double"), ("i", "counter"), ("64", "32")]:
        text = "".join(other if word == name else word for word in words(text))
    return "// all my own work\n" + text.replace("// ", "// well, ")


def words(text):
    word = ""
    for letter in text:
        if letter.isalnum() or letter == "_":
            word += letter
            continue
        yield from (word, letter)
        word = ""
    yield word


def some_class(folder):
    group = Class(folder)
    stub, solution = read("tests/stubs/alibi.cpp"), read("solutions/alibi.cpp")
    scores = read("solutions/scaled_scores.cpp")
    group.hand_in("ada", "2026-11-20T10:00:00Z", alibi=(solution, "pppp"), scaled_scores=(scores, "pppp"))
    group.hand_in("bob & \"eve\"", "2026-11-21T23:30:00Z", alibi=(renamed(solution), "psnn"),
                  scaled_scores=(scores, "pppp"))
    group.hand_in("=cmd|' /C calc'!A0", "2026-11-25T00:00:00Z", alibi=(stub, "uuuu"))
    group.hand_in(HOSTILE, "", alibi=("nonsense " + HOSTILE, "compile"), scaled_scores=("int odd;", "broken"),
                  problems=[f"{HOSTILE}.zip is encrypted"])
    group.hand_in("late", "2026-11-22T00:30:00Z", scaled_scores=("// mine\n" + scores, "pfnn"),
                  alibi=("int not_judged_yet;", ""))
    group.hand_in("nothing", "2026-11-20T10:00:00Z", problems=["no exercise of this course"])
    group.hand_in("Zoë ‮odd", "2026-11-20T10:00:00Z", alibi=(read("tests/mutants/alibi.cpp"), "pipf"))
    return group


COURSE = {"assignment": "biases <1>", "title": "Biases & masks", "due": "2026-11-21T23:59:00+01:00",
          "late": {"grace_minutes": 15, "percent_per_day": 15, "days": 2},
          "lessons": {"scaled_scores": {}, "alibi": {"tasks": {"alibi_slopes": {"points": 3}, "alibi_row": {}}}},
          "students": "students.csv",
          "classroom50": {"classroom": "attention", "assignment": "biases", "assignment_type": "individual"}}
LINK = "https://git.example/attention/biases-ada"
STUDENTS = f'''submission,student_id,last_name,first_name,email,owner,tag,commit,release,submitted
ada,1001,Lovelace,Ada,ada@example.org,ada,submit/2026-11-20T10-00-00Z-1a2b3c4,{LINK}/commit/1a2b3c4,{LINK}/releases/1,
"bob & ""eve""",1002,"@Bob",=1+1,,bob,submit/x,{LINK}/commit/2,{LINK}/releases/2,
"bob & ""eve""",1003,Eve,,,,,,,
late,1004,Late,Lasse,lasse@example.org,lasse,submit/y,{LINK}/commit/3,{LINK}/releases/3,2026-11-22T10:00:00+01:00
nobody,1005,Absent,Alma,,,,,,
nothing,1006,Empty,Emil,,,,,,
'''


def main():
    folder, count = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 0
    group = some_class(folder)
    chance = random.Random(1)
    base = read("solutions/alibi.cpp").split("\n")
    for i in range(count):
        lines = base[:] if i % 2 else read("solutions/scaled_scores.cpp").split("\n")
        chance.shuffle(lines)
        letters = "".join(chance.choice("pppsfun") for _ in range(4))
        group.hand_in(f"student {i:05}", "2026-11-20T10:00:00Z", alibi=("\n".join(lines), letters))
    group.finish()
    write(f"{folder}/course.json", json.dumps(COURSE, indent=1))
    write(f"{folder}/students.csv", STUDENTS)


main()
