// Opens the explorer of a running roster in headless Chromium and uses it as a newcomer would.
// It works for GraphiQL and for the plain explorer alike.
//
//   node playground.mjs BASE_URL TOKEN [--screenshot FILE] [--dark] [--width PIXELS]
//
// Fails on a console error, on a request to another host, on a request to the graph without the token once it is typed,
// when an example is answered with errors, and when the answer does not reach the page. CHROMIUM names the browser when it is not Debian's.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';

import { chromium } from 'playwright-core';

import { examplesIn, operation } from '../../playground/examples.js';

const examples = examplesIn(await readFile(new URL('../../docs/graphql.md', import.meta.url), 'utf8'));

const { positionals, values: options } = parseArgs({
  allowPositionals: true,
  options: {
    screenshot: { type: 'string' },
    dark: { type: 'boolean', default: false },
    width: { type: 'string', default: '1440' },
  },
});
const [base, token] = positionals;
if (!token) {
  console.error('usage: node playground.mjs BASE_URL TOKEN [--screenshot FILE] [--dark] [--width PIXELS]');
  process.exit(2);
}

const EXPLORER = new URL('/-/graphql-explorer', base).href;
const GRAPH = new URL('/api/graphql', base).href;

const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

const graphiql = {
  showsSchema: async (page) => {
    await page.getByRole('button', { name: /Documentation Explorer/ }).click();
    await page.locator('.graphiql-doc-explorer').getByText('Query', { exact: true }).first().waitFor();
    await page.getByRole('button', { name: /Show Examples/ }).click();
  },
  openExample: (page, title) => page.getByRole('region', { name: 'Examples' }).getByText(title, { exact: true }).click(),
  run: (page) => page.getByRole('button', { name: /^Execute query/ }).click(),
  stop: (page) => page.getByRole('button', { name: /^Stop query/ }).click(),
  answer: (page) => page.locator('.result-window .view-lines'),
};

const plain = {
  showsSchema: (page) => page.locator('#schema summary').getByText('Query', { exact: true }).waitFor(),
  openExample: (page, title) => page.getByRole('navigation').getByText(title, { exact: true }).click(),
  run: (page) => page.getByLabel('Query', { exact: true }).press('Control+Enter'),
  stop: (page) => page.getByRole('button', { name: 'Stop' }).click(),
  answer: (page) => page.locator('#answer'),
};

const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: FLAGS });
try {
  const page = await browser.newPage({
    viewport: { width: Number(options.width), height: 900 },
    colorScheme: options.dark ? 'dark' : 'light',
  });
  const faults = watch(page);
  const explorer = await open(page);
  await explorer.showsSchema(page);
  await signIn(page);
  await everyExampleIsAnswered(page, explorer);
  await askWhoAmI(page, explorer);
  await askForMembers(page, explorer);
  if (options.screenshot) await page.screenshot({ path: options.screenshot });
  await reloadKeepsTheTokenInThisTabOnly(page);
  assert.deepEqual(faults, []);
  console.log(`ok: ${explorer === graphiql ? 'GraphiQL' : 'the plain explorer'} at ${EXPLORER}`);
} finally {
  await browser.close();
}

/** Collects whatever must not happen while the page lives. */
function watch(page) {
  const faults = [];
  const isForeign = (address) => ['http:', 'https:', 'ws:', 'wss:'].includes(new URL(address).protocol)
    && new URL(address).host !== new URL(base).host;
  page.on('console', (message) => message.type() === 'error' && faults.push(`console: ${message.text()}`));
  page.on('pageerror', (error) => faults.push(`page: ${error.message}`));
  page.on('request', (request) => isForeign(request.url()) && faults.push(`foreign request: ${request.url()}`));
  page.on('websocket', (socket) => isForeign(socket.url()) && faults.push(`foreign socket: ${socket.url()}`));
  // A reload aborts what is still on its way: that is the page's own doing.
  page.on('requestfailed', (request) => {
    const reason = request.failure()?.errorText;
    if (reason !== 'net::ERR_ABORTED') faults.push(`failed: ${request.url()} ${reason}`);
  });
  page.on('response', (response) => response.status() >= 400 && faults.push(`${response.status()}: ${response.url()}`));
  return faults;
}

async function open(page) {
  await page.goto(base);
  assert.equal(page.url(), EXPLORER, '/ leads to the explorer');
  await page.getByRole('heading', { name: 'roster', level: 1 }).waitFor();
  await page.locator('.graphiql-container .monaco-editor .view-lines, #operation').first().waitFor();
  return (await page.locator('.graphiql-container').count()) ? graphiql : plain;
}

async function signIn(page) {
  await page.getByLabel('PRIVATE-TOKEN').fill(token);
  await page.locator('output[data-known="true"]').waitFor();
}

async function everyExampleIsAnswered(page, explorer) {
  for (const { title, query } of examples) {
    if (operation(query).kind === 'subscription') await followUntilSomethingHappens(page, explorer, title);
    else await ask(page, explorer, title);
  }
}

async function askWhoAmI(page, explorer) {
  const { username } = (await ask(page, explorer, 'Who am I?')).currentUser;
  await answerShows(page, explorer, `"username": "${username}"`);
}

async function askForMembers(page, explorer) {
  const { group } = await ask(page, explorer, 'Members of a group');
  assert.ok(group.groupMembers.nodes.length > 0, 'the group has members');
  await answerShows(page, explorer, `"fullName": "${group.fullName}"`);
}

/** Opens an example, runs it, and gives the data that the server answered with. */
async function ask(page, explorer, title) {
  const { query } = examples.find((example) => example.title === title);
  await explorer.openExample(page, title);
  const answered = page.waitForResponse(
    (response) => response.url() === GRAPH && JSON.parse(response.request().postData()).query === query,
  );
  await explorer.run(page);
  const response = await answered;
  assert.equal(response.request().headers()['private-token'], token, 'the token is sent');
  const { data, errors } = await response.json();
  assert.equal(errors, undefined, `${title}: ${JSON.stringify(errors)}`);
  return data;
}

/** Runs a subscription, has something happen, and waits until it is told. */
async function followUntilSomethingHappens(page, explorer, title) {
  await explorer.openExample(page, title);
  await explorer.run(page);
  const told = answerShows(page, explorer, '"type": "MEMBER_UPDATED"');
  let isTold = false;
  told.finally(() => (isTold = true)).catch(() => {});
  // The stream may begin a moment later: it hears of the next change then.
  for (let level = 20; !isTold; level = 50 - level) {
    const changed = await fetch(new URL('/api/v4/groups/lighthouse%2Fapps%2Fmobile/members/8', base), {
      method: 'PUT',
      headers: { 'PRIVATE-TOKEN': token, 'content-type': 'application/json' },
      body: JSON.stringify({ access_level: level }),
    });
    assert.equal(changed.status, 200);
    await page.waitForTimeout(200);
  }
  await told;
  await explorer.stop(page);
}

/** Waits for a line in the answer. The editor writes its spaces as no-break spaces. */
async function answerShows(page, explorer, line) {
  const words = line.split(' ').map((word) => word.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  await explorer.answer(page).filter({ hasText: new RegExp(words.join('\\s')) }).waitFor();
}

async function reloadKeepsTheTokenInThisTabOnly(page) {
  await page.reload();
  await page.locator('output[data-known="true"]').waitFor();
  const kept = await page.evaluate(() => JSON.stringify(localStorage));
  assert.ok(!kept.includes(token), 'the token stays out of localStorage');
}
