// Uses the members page of examples/web, already built, in headless Chromium, before a running roster with the demo's world.
//
//   node members_page.mjs BASE_URL OWNERS_TOKEN [--screenshots FOLDER]
//
// Fails on a console error, and when the page does not list, search, page, invite, change a level, explain or follow
// what others change. CHROMIUM names the browser when it is not Debian's.

import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';

import { chromium } from 'playwright-core';

const { positionals, values: options } = parseArgs({
  allowPositionals: true,
  options: { screenshots: { type: 'string' } },
});
const [base, token] = positionals;
const GROUP = 'lighthouse/platform';

const example = fileURLToPath(new URL('../../examples/web', import.meta.url));
const vite = await import(pathToFileURL(createRequire(`${example}/package.json`).resolve('vite')).href);
process.env.ROSTER_URL = base;
const server = await vite.preview({ root: example, preview: { host: '127.0.0.1', port: 0 }, logLevel: 'error' });
const { port } = server.httpServer.address();

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-background-networking'],
});
try {
  const page = await browser.newPage({ viewport: { width: 1100, height: 900 } });
  const faults = [];
  page.on('console', (message) => message.type() === 'error' && faults.push(message.text()));
  page.on('pageerror', (error) => faults.push(error.message));

  await page.goto(`http://127.0.0.1:${port}/`);
  await page.getByLabel('Access token').fill(token);
  await page.getByLabel('Group').fill(GROUP);
  await page.getByRole('button', { name: 'Show its members' }).click();

  await lists(page);
  await pages(page);
  await searches(page);
  await explains(page);
  await changesALevel(page);
  await invites(page);
  await follows(page);
  assert.deepEqual(faults, []);
  console.log('ok: the members page');
} finally {
  await browser.close();
  await server.close();
}

function rows(page) {
  return page.locator('tbody tr:not(.more)');
}

function rowOf(page, name) {
  return page.getByRole('row').filter({ has: page.getByRole('rowheader', { name }) });
}

async function lists(page) {
  await page.getByRole('heading', { name: 'Lighthouse / Platform' }).waitFor();
  await page.getByRole('table').waitFor();
  assert.equal(await rows(page).count(), 8);
  await shoot(page, 'list');
}

async function pages(page) {
  const count = Number.parseInt(await page.locator('caption').innerText(), 10);
  const more = page.getByRole('button', { name: 'Show more' });
  for (let shown = 8; shown < count; shown = Math.min(shown + 8, count)) {
    await more.click();
    await rows(page).nth(Math.min(shown + 8, count) - 1).waitFor();
  }
  await more.waitFor({ state: 'detached' });
  assert.equal(await rows(page).count(), count, 'all of them, nobody twice');
}

async function searches(page) {
  await page.getByLabel('Search').fill('tanaka');
  await page.locator('caption').getByText('1 member', { exact: true }).waitFor();
  await rowOf(page, /Daichi Tanaka/).waitFor();
  assert.equal(await rows(page).count(), 1);
}

async function explains(page) {
  await page.getByRole('button', { name: 'Why? Daichi Tanaka' }).click();
  await page.getByText(/^Developer by direct lighthouse\/platform/).waitFor();
  await shoot(page, 'why');
}

async function changesALevel(page) {
  await page.getByLabel('Level of Daichi Tanaka').selectOption('Maintainer');
  await eventually(async () => (await levelByRest('daichi')) === 40);
  // What may not be is said, and the level stays.
  await page.getByLabel('Search').fill('');
  await page.locator('caption').getByText(/^\d\d members$/).waitFor();
}

async function invites(page) {
  await page.getByLabel('Invite as developers').fill('new.hand@example.com, nobody-of-that-name');
  await page.getByRole('button', { name: 'Invite', exact: true }).click();
  await page.getByText('new.hand@example.com: has mail').waitFor();
  await page.getByText(/^nobody-of-that-name: /).waitFor();
  await shoot(page, 'invited');
}

/** What somebody else changes is seen without a hand. */
async function follows(page) {
  await page.getByText('Live', { exact: true }).waitFor();
  await page.getByLabel('Search').fill('krishnan');
  const level = page.getByLabel('Level of Uma Krishnan');
  await level.waitFor();
  await rest('PUT', `members/${await idOf('uma')}`, { access_level: 20 });
  await page.getByText('Uma Krishnan: member updated, now Reporter').waitFor();
  assert.equal(await level.inputValue(), 'REPORTER');
  await rest('DELETE', `members/${await idOf('uma')}`);
  await page.locator('caption').getByText('0 members').waitFor();
  await shoot(page, 'live');
}

async function levelByRest(username) {
  const members = await rest('GET', `members?query=${username}`);
  return members[0]?.access_level;
}

async function idOf(username) {
  const members = await rest('GET', `members?query=${username}`);
  return members[0].id;
}

async function rest(method, below, body) {
  const response = await fetch(`${base}/api/v4/groups/${encodeURIComponent(GROUP)}/${below}`, {
    method,
    headers: { 'PRIVATE-TOKEN': token, 'content-type': 'application/json' },
    body: body && JSON.stringify(body),
  });
  assert.ok(response.ok, `${method} ${below}: ${response.status}`);
  return response.status === 204 ? null : response.json();
}

/** Until it holds; the test's own time limit ends what never does. */
async function eventually(holds) {
  while (!(await holds())) await new Promise((resolve) => setTimeout(resolve, 50));
}

async function shoot(page, name) {
  if (options.screenshots) await page.screenshot({ path: path.join(options.screenshots, `${name}.png`) });
}
