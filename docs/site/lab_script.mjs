// node lab_script.mjs NAME WASM SCRIPT: pages that are opened from disk may load scripts, and nothing else;
// so a lab's WebAssembly is text in one.

import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";

const [name, wasm, script] = process.argv.slice(2);
mkdirSync(dirname(script), { recursive: true });
writeFileSync(script,
  `(window.qkoanLabs ??= {})["${name}"] = "${readFileSync(wasm).toString("base64")}";\n`);
