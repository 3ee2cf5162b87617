// A fault of the sources, told in words; anything else is one of these programs, and told with its place.
export class Fault extends Error {}

process.on("uncaughtException", (error) => {
  console.error(error instanceof Fault ? error.message : error.stack);
  process.exit(1);
});
