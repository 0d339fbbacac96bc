// A main process for the renderer alone: serves dist/renderer as the app does and answers the bridge from a script.
// The test drives it through `globalThis.shell` (Playwright's `evaluate` runs in this process).
const { app, BrowserWindow, ipcMain, protocol } = require('electron');
const { readFileSync } = require('node:fs');
const path = require('node:path');
const { historyOf, samplesOf } = require('./renderer-shell-history.cjs');

const folder = process.env.CASTELLAN_RENDERER ?? path.resolve(__dirname, '../../dist/renderer');
const types = { '.html': 'text/html', '.js': 'text/javascript', '.css': 'text/css', '.woff2': 'font/woff2' };
const policy =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

protocol.registerSchemesAsPrivileged([{ scheme: 'castellan', privileges: { standard: true, secure: true } }]);

let snapshot = null;
let samples = null;
let answered = true;
let window = null;
let opened = null;
const calls = [];
let answers = {};

const notAnswered = {
  ok: false,
  failure: { code: 'not_running', message: 'No keeper is answering.', todo: '', detail: '' },
};

const handlers = {
  // A state "connecting" is one in which main has nothing to tell yet but that.
  snapshot: () => snapshot,
  history: (range, columns) =>
    answered && samples !== null ? { ok: true, history: historyOf(samples, range, columns) } : notAnswered,
  setPinned: () => undefined,
  setSettings: () => undefined,
  painted: () => undefined,
  hide: () => undefined,
  retry: () => undefined,
  open: () => undefined,
  quit: () => undefined,
  registration: () => undefined,
  approve: () => answers.approve,
  deny: () => answers.deny,
  markWrong: () => answers.markWrong,
  setReliefMode: () => answers.setReliefMode,
  pauseRelief: () => answers.pauseRelief,
  restore: () => answers.restore,
  resume: () => answers.resume,
  release: () => answers.release,
  keep: () => answers.keep,
  load: () => answers.load,
  preview: (seat) => {
    const result = answers.previews?.[seat];
    return result === undefined ? answers.preview : { ok: true, result };
  },
  openWindow: () => undefined,
  watchProcesses: (watching) => {
    if (watching && answers.processes !== undefined) window.webContents.send('processes', answers.processes);
  },
  // Of the log: also what comes before and after a page of it.
  read: (verb, args) => {
    const where = ['before', 'after'].find((name) => args[name] !== undefined);
    return answers.reads?.[where === undefined ? verb : `${verb} ${where}`] ?? notAnswered;
  },
  exportLog: () => answers.exportLog,
  exportHistory: () => answers.exportHistory,
};

/** A page has finished before its loading has stopped, and a stop that comes late would fail the next load. */
const loaded = async (url) => {
  await window.loadURL(url);
  while (window.webContents.isLoading()) await new Promise((resolve) => setTimeout(resolve, 5));
};

globalThis.shell = {
  calls,
  /**
   * Loads the page anew with this state; `history` holds keyframes for renderer-shell-history.cjs. `view`: as the window, and
   * how large.
   */
  load: async (state, view) => {
    snapshot = state.snapshot;
    samples = state.history === null ? null : samplesOf(state.history);
    answered = state.history !== null;
    calls.length = 0;
    answers = state.answers ?? {};
    await opened;
    window.setContentSize(view?.width ?? 380, view?.height ?? 560);
    // With another hash alone the page would not be loaded anew.
    if (view !== undefined || window.webContents.getURL().includes('#')) await loaded('castellan://app/blank.html');
    await loaded(`castellan://app/index.html${view === undefined ? '' : '#window'}`);
  },
  push: (patch) => {
    snapshot = { ...snapshot, ...patch };
    window.webContents.send('patch', patch);
  },
  /** From now on each call is answered so. */
  answer: (next) => {
    answers = { ...answers, ...next };
  },
  resize: ({ width, height }) => window.setContentSize(width, height),
  hide: () => window.hide(),
  show: () => window.showInactive(),
};

app.whenReady().then(() => {
  protocol.handle('castellan', (request) => {
    const file = path.basename(new URL(request.url).pathname);
    const headers = { 'content-type': types[path.extname(file)] ?? 'text/plain', 'content-security-policy': policy };
    const body = file === 'blank.html' ? '<!doctype html>' : readFileSync(path.join(folder, file));
    return new Response(body, { headers });
  });
  for (const [name, handler] of Object.entries(handlers)) {
    ipcMain.handle(name, (_event, ...args) => {
      calls.push({ name, args });
      return handler(...args);
    });
  }
  window = new BrowserWindow({
    width: 380,
    height: 560,
    useContentSize: true,
    frame: false,
    resizable: false,
    webPreferences: {
      preload: path.join(__dirname, 'renderer-shell-preload.cjs'),
      sandbox: true,
      contextIsolation: true,
    },
  });
  // A load that begins while another runs would fail it.
  opened = loaded('castellan://app/blank.html');
});
app.on('window-all-closed', () => app.quit());
