// The bridge of app/ipc/contract.ts, by hand: the contract's own preload script needs the app around it.
const { contextBridge, ipcRenderer } = require('electron');

const names = [
  ...['snapshot', 'history', 'setPinned', 'setSettings', 'painted', 'hide', 'retry', 'open', 'quit', 'registration'],
  ...['approve', 'deny', 'markWrong', 'setReliefMode', 'pauseRelief', 'restore', 'resume'],
  ...['release', 'keep', 'load', 'preview'],
  ...['openWindow', 'watchProcesses', 'read', 'exportLog', 'exportHistory'],
];
const listening = (name) => (listener) => {
  const heard = (_event, data) => listener(data);
  ipcRenderer.on(name, heard);
  return () => ipcRenderer.off(name, heard);
};
contextBridge.exposeInMainWorld('castellan', {
  ...Object.fromEntries(names.map((name) => [name, (...args) => ipcRenderer.invoke(name, ...args)])),
  onShown: () => () => {},
  onPatch: listening('patch'),
  onProcesses: listening('processes'),
});
