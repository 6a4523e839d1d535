// Opens the reference of a running roster in headless Chromium: reference.mjs BASE_URL
// Fails on a console error, on a request to another host, and when an operation does not show its example.

import assert from 'node:assert/strict';

import { chromium } from 'playwright-core';

const [base] = process.argv.slice(2);
const PAGE = new URL('/-/api-docs/', base).href;

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
});
try {
  const page = await browser.newPage();
  const faults = [];
  const isForeign = (address) => /^(http|ws)s?:/.test(address) && new URL(address).host !== new URL(base).host;
  page.on('console', (message) => message.type() === 'error' && faults.push(`console: ${message.text()}`));
  page.on('pageerror', (error) => faults.push(`page: ${error.message}`));
  page.on('request', (request) => isForeign(request.url()) && faults.push(`foreign request: ${request.url()}`));
  page.on('response', (response) => response.status() >= 400 && faults.push(`${response.status()}: ${response.url()}`));

  await page.goto(new URL('/-/api-docs', base).href);
  assert.equal(page.url(), PAGE);
  const tag = page.locator('.opblock-tag[data-tag="members"]');
  await tag.click();
  const operation = page.locator('#operations-members-get_groups_id_members');
  await operation.locator('.opblock-summary').click();
  await operation.getByText('"username"').first().waitFor();
  assert.deepEqual(faults, []);
  console.log(`ok: the reference at ${PAGE}`);
} finally {
  await browser.close();
}
