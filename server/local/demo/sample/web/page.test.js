import assert from 'node:assert/strict';
import { test } from 'node:test';
import { page } from './page.js';

test('the page lists the items', () => {
  assert.match(page({ items: ['tea'], total: '4.00 EUR' }), /<li>tea<\/li>/);
});
