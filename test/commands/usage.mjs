// What a command prints for `--help`: the comment at the head of its own file.
// @ts-check
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

/**
 * Prints what a command does and accepts, and exits successfully, if `--help` or `-h` is among its arguments.
 * @param {string} command the command's own `import.meta.url`
 */
export function answerHelp(command) {
  if (!process.argv.slice(2).some((argument) => argument === "--help" || argument === "-h")) {
    return;
  }
  const lines = readFileSync(fileURLToPath(command), "utf8").split("\n");
  const head = lines.slice(0, lines.indexOf("// @ts-check"));
  console.log(head.map((line) => line.replace(/^\/\/ ?/, "")).join("\n"));
  process.exit(0);
}
