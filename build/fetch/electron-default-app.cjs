// What a bare Electron runs when it is given an app folder: `electron [-r MODULE]… FOLDER [ARGUMENTS]`.
// The runtime from the registry carries no such loader. Playwright passes `-r` to hold the app until it has attached.
const { app } = require('electron');
const fs = require('node:fs');
const Module = require('node:module');
const path = require('node:path');

const preloads = [];
let target;
for (let index = 1; index < process.argv.length && target === undefined; index += 1) {
  const argument = process.argv[index];
  if (argument === '-r' || argument === '--require') {
    index += 1;
    preloads.push(process.argv[index]);
  } else if (argument === '--version' || argument === '-v') {
    process.stdout.write(`v${process.versions.electron}\n`);
    process.exit(0);
  } else if (!argument.startsWith('-')) {
    target = path.resolve(argument);
  }
}
if (target === undefined) {
  process.stderr.write('usage: electron APP_FOLDER\n');
  process.exit(2);
}
if (preloads.length > 0) Module._preloadModules(preloads);

let entry = target;
let folder = path.dirname(target);
if (fs.statSync(target).isDirectory()) {
  const manifest = JSON.parse(fs.readFileSync(path.join(target, 'package.json'), 'utf8'));
  app.setName(manifest.productName || manifest.name);
  if (manifest.version) app.setVersion(manifest.version);
  if (manifest.desktopName) app.setDesktopName(manifest.desktopName);
  entry = path.join(target, manifest.main || 'index.js');
  folder = target;
}
app.setAppPath(folder);
Module._load(entry, Module, true);
