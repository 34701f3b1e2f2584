// Unpack every file.br of the first folder into the second one; tar does the rest.
import { createReadStream, createWriteStream, readdirSync } from "node:fs";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { createBrotliDecompress } from "node:zlib";

const [packed, target] = process.argv.slice(2);
for (const name of readdirSync(packed).filter((file) => file.endsWith(".br"))) {
  const unpacked = createWriteStream(join(target, name.slice(0, -3)), { mode: 0o755 });
  await pipeline(createReadStream(join(packed, name)), createBrotliDecompress(), unpacked);
}
