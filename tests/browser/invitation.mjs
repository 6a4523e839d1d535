// Opens the links of two invitations in headless Chromium without scripts, and answers them as the person who got the mail would.
//
//   node invitation.mjs LINK_TO_ACCEPT LINK_TO_DECLINE TOKEN [--screenshot FOLDER] [--dark] [--width PIXELS]
//
// Fails when a page asks for anything but itself, when the browser sends the address of the page elsewhere or finds fault with a page, and when
// one cannot get along by keyboard. CHROMIUM names the browser when it is not Debian's.

import assert from 'node:assert/strict';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

import { chromium } from 'playwright-core';

const { positionals, values: options } = parseArgs({
  allowPositionals: true,
  options: {
    screenshot: { type: 'string' },
    dark: { type: 'boolean', default: false },
    width: { type: 'string', default: '900' },
  },
});
const [toAccept, toDecline, token] = positionals;
if (!token) {
  console.error('usage: node invitation.mjs LINK_TO_ACCEPT LINK_TO_DECLINE TOKEN [--screenshot FOLDER] [--dark] [--width PIXELS]');
  process.exit(2);
}

const FLAGS = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'];

const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: FLAGS });
try {
  const context = await browser.newContext({
    javaScriptEnabled: false,
    viewport: { width: Number(options.width), height: 1000 },
    colorScheme: options.dark ? 'dark' : 'light',
  });
  const page = await context.newPage();
  const faults = watch(page);
  await lookAround(page);
  await missTheToken(page);
  await accept(page);
  await decline(page);
  await findItGone(page);
  assert.deepEqual(faults, []);
  assert.deepEqual(await context.cookies(), [], 'no cookies');
  console.log('ok: both invitations are answered');
} finally {
  await browser.close();
}

/** Collects whatever must not happen while the page lives. */
function watch(page) {
  const faults = [];
  // Answers that refuse are pages too, and Chromium says so in its console.
  const isRefusal = (text) => text.startsWith('Failed to load resource: the server responded with a status of 40');
  page.on('console', (message) => {
    if (message.type() === 'error' && !isRefusal(message.text())) faults.push(`console: ${message.text()}`);
  });
  page.on('pageerror', (error) => faults.push(`page: ${error.message}`));
  page.on('request', (request) => {
    if (!request.isNavigationRequest() && !request.url().startsWith('data:')) faults.push(`request: ${request.url()}`);
    if (request.headers().referer) faults.push(`referer: ${request.headers().referer}`);
  });
  page.on('requestfailed', (request) => faults.push(`failed: ${request.url()} ${request.failure()?.errorText}`));
  return faults;
}

async function shoot(page, name) {
  if (options.screenshot) await page.screenshot({ path: join(options.screenshot, `${name}.png`), fullPage: true });
}

async function lookAround(page) {
  const response = await page.goto(toAccept);
  assert.equal(response.status(), 200);
  assert.equal(await page.getByRole('heading', { level: 1 }).count(), 1);
  assert.equal(await page.locator('html').getAttribute('lang'), 'en');
  await page.getByLabel('Personal access token').waitFor();
  const wider = await page.locator('html').evaluate((html) => html.scrollWidth > html.clientWidth);
  assert.ok(!wider, 'nothing sticks out');
  await shoot(page, 'offer');
}

async function missTheToken(page) {
  await page.getByLabel('Personal access token').fill('rst-mistyped');
  await page.getByRole('button', { name: 'Accept invitation' }).click();
  await page.getByRole('alert').waitFor();
  const field = page.getByLabel('Personal access token');
  assert.equal(await field.getAttribute('aria-invalid'), 'true');
  assert.equal(await field.inputValue(), '', 'what was typed does not come back');
  const described = (await field.getAttribute('aria-describedby')).split(' ');
  for (const id of described) assert.equal(await page.locator(`#${id}`).count(), 1, `${id} is there`);
  await shoot(page, 'refused');
}

/** By keyboard alone: the field has the focus after a refusal. */
async function accept(page) {
  await page.keyboard.type(token);
  await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  await page.getByText('You have been granted access to the').waitFor();
  assert.equal(await page.getByRole('button').count(), 0);
  await shoot(page, 'accepted');
}

async function decline(page) {
  await page.goto(toDecline);
  await page.getByRole('heading', { level: 1, name: /^Decline the invitation to / }).waitFor();
  await shoot(page, 'declining');
  await page.getByRole('button', { name: 'Decline invitation' }).click();
  await page.getByText('You have declined the invitation to join').waitFor();
  await shoot(page, 'declined');
}

async function findItGone(page) {
  for (const link of [toAccept, toDecline]) {
    const response = await page.goto(link);
    assert.equal(response.status(), 404);
    await page.getByRole('alert').getByText('The invitation can not be found').waitFor();
  }
  await shoot(page, 'gone');
}
