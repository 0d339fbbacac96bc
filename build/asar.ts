/**
 * The archive format Electron reads its code from: a pickled JSON header, then the files back to back
 * (github.com/electron/asar, "Format"). A pickle is a length and a payload padded to four bytes.
 */
export function asar(files: Readonly<Record<string, string>>): Buffer {
  const header: { files: Record<string, { size: number; offset: string }> } = { files: {} };
  const bodies: Buffer[] = [];
  let offset = 0;
  for (const [name, text] of Object.entries(files)) {
    const body = Buffer.from(text);
    header.files[name] = { size: body.length, offset: String(offset) };
    offset += body.length;
    bodies.push(body);
  }
  const json = Buffer.from(JSON.stringify(header));
  const padding = (4 - (json.length % 4)) % 4;
  const head = Buffer.alloc(16);
  head.writeUInt32LE(4, 0);
  head.writeUInt32LE(json.length + padding + 8, 4);
  head.writeUInt32LE(json.length + padding + 4, 8);
  head.writeUInt32LE(json.length, 12);
  return Buffer.concat([head, json, Buffer.alloc(padding), ...bodies]);
}
