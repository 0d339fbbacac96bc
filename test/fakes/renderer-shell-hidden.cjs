// Hides and shows the popover, or with a `view` the window, and tells what its page did meanwhile, as one line on stdout.
const { app, BrowserWindow } = require('electron');
require('./renderer-shell.cjs');

const { first, next, view, drawn } = JSON.parse(process.env.CASTELLAN_SCRIPT);
const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

const run = async () => {
  await app.whenReady();
  const { shell } = globalThis;
  while (BrowserWindow.getAllWindows().length === 0) await wait(20);
  const [{ webContents }] = BrowserWindow.getAllWindows();
  const ask = (expression) => webContents.executeJavaScript(expression);
  const until = async (expression) => {
    for (let turn = 0; turn < 200 && !(await ask(expression)); turn++) await wait(20);
  };
  const asked = () => shell.calls.filter((call) => call.name === 'history').length;
  const there = async (...ids) => {
    const found = await ask(
      `${JSON.stringify(ids)}.filter((id) => document.querySelector(\`[data-testid=\${id}]\`) !== null)`,
    );
    return found.join(' ');
  };
  const level = () => ask("document.querySelector('[data-testid=level]').dataset.level");

  await shell.load(first, view);
  await until(`document.querySelector(${JSON.stringify(drawn)}) !== null`);
  for (let turn = 0; turn < 100 && asked() === 0; turn++) await wait(20);
  const whileShown = { visibility: await ask('document.visibilityState'), level: await level(), asked: asked() };
  const openShown = await there('said', 'confirm');

  shell.hide();
  await until("document.visibilityState === 'hidden'");
  const called = shell.calls.length;
  await ask(`window.updates = 0; new PerformanceObserver((list) => { window.updates += list.getEntries().length; })
    .observe({ entryTypes: ['measure'] }); true`);
  for (let turn = 0; turn < 5; turn++) {
    shell.push(next);
    await wait(200);
  }
  const whileHidden = {
    visibility: await ask('document.visibilityState'),
    level: await level(),
    updates: await ask('window.updates'),
    called: shell.calls.length - called,
  };

  shell.show();
  await until(`document.querySelector('[data-testid=level]').dataset.level !== ${JSON.stringify(whileShown.level)}`);
  const shownAgain = { visibility: await ask('document.visibilityState'), level: await level() };
  const open = { shown: openShown, shownAgain: await there('said', 'confirm') };
  process.stdout.write(`RESULT ${JSON.stringify({ whileShown, whileHidden, shownAgain, open })}\n`);
};

run()
  .catch((error) => process.stderr.write(`${error.stack}\n`))
  .finally(() => app.exit(0));
