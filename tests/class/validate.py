#!/usr/bin/env python3
"""validate.py SCHEMA FILE...: prints what is wrong with the files; exit code 1 if anything is."""
import json
import sys

import jsonschema

with open(sys.argv[1]) as schema_file:
    schema = json.load(schema_file)
jsonschema.Draft202012Validator.check_schema(schema)
validator = jsonschema.Draft202012Validator(schema)
wrong = 0
for name in sys.argv[2:]:
    with open(name) as file:
        for error in validator.iter_errors(json.load(file)):
            print(f"{name}: {error.json_path}: {error.message}")
            wrong += 1
sys.exit(1 if wrong else 0)
