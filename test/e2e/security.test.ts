import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import type { Page } from 'playwright';
import { contract } from '../../app/ipc/contract.ts';
import { launchApp, type RunningApp } from './harness.ts';
import { startKeeper } from './keeper-process.ts';
import { missing, openWorld, root, suiteOwner } from './surroundings.ts';

/** What a page of the app cannot do, tried in the real app. */

const policy =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; " +
  "connect-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/** Runs in the page: what `expression` gives, or the name of what it throws. */
const tried = (page: Page, expression: string): Promise<unknown> =>
  page.evaluate(`(async () => { try { return await (${expression}); } catch (error) { return error.name; } })()`);

/** By address or by link: the page it was loaded with stays. */
const staysWhereItIs = async (page: Page): Promise<void> => {
  // Asked of the page itself: Playwright waits for a navigation that never ends.
  const before = await page.evaluate('location.href');
  for (const target of ['https://example.com/', 'file:///etc/passwd', 'data:text/html,x', 'castellan://app/main.js']) {
    await page.evaluate(`void (location.href = ${JSON.stringify(target)})`);
    await page.evaluate(`document.body.appendChild(Object.assign(document.createElement('a'), {
      href: ${JSON.stringify(target)}, textContent: 'x' })).click()`);
  }
  await page.waitForTimeout(500);
  assert.equal(await page.evaluate('location.href'), before);
};

describe('the renderer is shut in', { skip: missing, timeout: 120_000 }, () => {
  const suite = suiteOwner(after);
  let app: RunningApp;
  let page: Page;
  before(async () => {
    const world = await openWorld(suite);
    await startKeeper(world, 'sim');
    app = await launchApp(world);
    page = await app.open();
    await page.waitForSelector('[data-testid=top-row]');
  });

  test('it has nothing of Node or Electron, only the named calls of the bridge', async () => {
    const kinds = '[typeof require, typeof process, typeof module, typeof global, typeof Buffer, typeof electron]';
    assert.deepEqual(await page.evaluate(kinds), Array(6).fill('undefined'));
    const named = Object.entries(contract).map(([name, { kind }]) =>
      kind === 'call' ? name : `on${name.charAt(0).toUpperCase()}${name.slice(1)}`,
    );
    assert.deepEqual(await page.evaluate('Object.keys(castellan).sort()'), named.sort());
    // Later, by itself: what the debugger evaluates may evaluate more, whatever the policy says.
    const later = `new Promise((done) => setTimeout(() => {
      try { done(new Function('return "ran"')()); } catch (error) { done(error.name); } }))`;
    assert.equal(await tried(page, later), 'EvalError');
    const inline = `(() => { const script = document.createElement('script'); script.textContent = 'window.inline = 1';
      document.body.append(script); return typeof window.inline; })()`;
    assert.equal(await tried(page, inline), 'undefined');
  });

  test('it opens no window, goes nowhere and asks no network', async () => {
    const count = () => app.electron.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows().length);
    const windows = await count();
    assert.equal(await tried(page, 'window.open("https://example.com/")'), null);
    assert.equal(await tried(page, 'window.open("castellan://app/index.html")'), null);
    assert.equal(await count(), windows);

    await staysWhereItIs(page);
    assert.ok(Number(await page.evaluate("document.querySelectorAll('[data-testid=top-row]').length")) > 0);

    assert.equal(await tried(page, 'fetch("https://example.com/")'), 'TypeError');
    assert.equal(await tried(page, 'fetch("castellan://app/main.js")'), 'TypeError');
    assert.equal(await tried(page, 'fetch("file:///etc/passwd")'), 'TypeError');
    const socket =
      'new Promise((done) => { const s = new WebSocket("ws://127.0.0.1:9"); s.onerror = () => done("blocked"); })';
    assert.match(String(await tried(page, socket)), /blocked|SecurityError/);
  });

  test('nor does the window, which has the same bridge and no more', async () => {
    const bridge = 'Object.keys(castellan).sort().join()';
    await page.evaluate("castellan.openWindow('log')");
    const window = await app.windowPage();
    await window.getByTestId('page-log').waitFor();
    assert.equal(await window.evaluate('location.href'), 'castellan://app/index.html#window');
    assert.equal(await window.evaluate(bridge), await page.evaluate(bridge));
    assert.equal(await tried(window, 'window.open("castellan://app/index.html#window")'), null);
    await staysWhereItIs(window);
    assert.equal(await tried(window, 'fetch("https://example.com/")'), 'TypeError');
    const refused = (call: string): Promise<unknown> =>
      window.evaluate(`${call}.then(() => 'answered', (error) => error.message)`);
    assert.equal(await refused("castellan.read('read.pending', {})"), 'bad arguments for read');
    assert.equal(await refused("castellan.read('relief.mode', { to: 'live' })"), 'bad arguments for read');
    // Where to is asked of the operator, never of the page.
    assert.equal(await refused("castellan.exportLog('csv', {}, '/tmp/x.csv')"), 'bad arguments for exportLog');
    assert.equal(await refused("castellan.exportLog('csv', { path: '/tmp/x.csv' })"), 'bad arguments for exportLog');
    await window.evaluate('castellan.hide()');
  });

  test('main cancels requests that the page’s policy would not even see', async () => {
    const answers = await app.electron.evaluate(async ({ BrowserWindow }) => {
      const contents = BrowserWindow.getAllWindows()[0]?.webContents;
      if (contents === undefined) return ['no window'];
      const ask = (url: string): Promise<string> =>
        contents.session.fetch(url).then(
          ({ status }) => String(status),
          (error: Error) => error.message,
        );
      return Promise.all(['http://127.0.0.1:9/', 'https://example.com/', 'castellan://app/index.html'].map(ask));
    });
    assert.deepEqual(answers, ['net::ERR_BLOCKED_BY_CLIENT', 'net::ERR_BLOCKED_BY_CLIENT', '200']);
  });

  test('every permission is refused', async () => {
    assert.equal(await tried(page, 'Notification.requestPermission()'), 'denied');
    // NotFoundError where there is no microphone to refuse.
    const microphone = await tried(page, 'navigator.mediaDevices.getUserMedia({ audio: true })');
    assert.match(String(microphone), /^(NotAllowed|NotFound)Error$/);
    const where =
      'new Promise((done) => navigator.geolocation.getCurrentPosition(() => done("told"), (e) => done(e.code)))';
    assert.equal(await tried(page, where), 1);
    assert.equal(await tried(page, 'navigator.clipboard.readText()'), 'NotAllowedError');
    for (const name of ['geolocation', 'notifications', 'camera', 'microphone', 'midi']) {
      assert.equal(
        await tried(page, `navigator.permissions.query({ name: "${name}" }).then((p) => p.state)`),
        'denied',
      );
    }
  });

  test('each file comes with the whole policy; what is not on the list does not come', async () => {
    const answers = await app.electron.evaluate(async ({ BrowserWindow }) => {
      const contents = BrowserWindow.getAllWindows()[0]?.webContents;
      if (contents === undefined) return [];
      const names = [
        'index.html',
        'main.js',
        'style.css',
        'inter.woff2',
        'preload.cjs',
        '../app/main.cjs',
        '..%2Fapp%2Fmain.cjs',
        'constructor',
        '',
      ];
      return Promise.all(
        names.map(async (name) => {
          const answer = await contents.session.fetch(`castellan://app/${name}`);
          const headers = ['content-security-policy', 'x-content-type-options'].map((key) => answer.headers.get(key));
          return [name, answer.status, ...headers, (await answer.text()).length > 20] as const;
        }),
      );
    });
    assert.deepEqual(
      answers.map(([name, status]) => `${name} ${status}`),
      [
        'index.html 200',
        'main.js 200',
        'style.css 200',
        'inter.woff2 200',
        'preload.cjs 404',
        '../app/main.cjs 404',
        '..%2Fapp%2Fmain.cjs 404',
        'constructor 404',
        ' 404',
      ],
    );
    for (const [name, status, csp, sniff, long] of answers) {
      assert.equal(csp, policy, name);
      assert.equal(sniff, 'nosniff', name);
      assert.equal(long, status === 200, name);
    }
  });

  test('calls from another window, a frame or another page in the popover are refused', async () => {
    const preload = path.join(root, 'dist/app/preload.cjs');
    const foreign = await app.electron.evaluate(async ({ BrowserWindow, session }, script) => {
      const window = new BrowserWindow({
        show: false,
        webPreferences: { preload: script, session: session.fromPartition('popover'), sandbox: true },
      });
      await window.loadURL('castellan://app/index.html');
      const ask = 'castellan.snapshot().then(() => "answered", (error) => error.message)';
      const answer: unknown = await window.webContents.executeJavaScript(ask);
      window.destroy();
      return answer;
    }, preload);
    assert.equal(foreign, 'not allowed: not from a window of ours');

    const inFrame = `(() => { const frame = document.body.appendChild(document.createElement('iframe'));
      const kind = typeof frame.contentWindow.castellan; frame.remove(); return kind; })()`;
    assert.equal(await page.evaluate(inFrame), 'undefined');

    // Last: it takes the popover's page away.
    const elsewhere = await app.electron.evaluate(async ({ BrowserWindow }) => {
      const contents = BrowserWindow.getAllWindows()[0]?.webContents;
      if (contents === undefined) return 'no window';
      await contents.loadURL('about:blank');
      return contents.executeJavaScript('castellan.snapshot().then(() => "answered", (error) => error.message)');
    });
    assert.match(String(elsewhere), /^not allowed: from /);
  });

  test('what is shipped never switches the sandbox off', () => {
    for (const folder of ['dist/app', 'dist/renderer']) {
      for (const name of readdirSync(path.join(root, folder))) {
        assert.ok(!readFileSync(path.join(root, folder, name), 'latin1').includes('no-sandbox'), `${folder}/${name}`);
      }
    }
  });
});
