/** The sample organisation of the demo: a coordinator, five repositories of a small shop, and the branches to land. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { LocalGitHub } from '../github/index.ts';

export const COORDINATOR = 'acme/coordinator';
export const MEMBERS = ['acme/catalog', 'acme/checkout', 'acme/contracts', 'acme/pricing', 'acme/web'];
export const AUTHOR = 'ann';
export const BRANCH = 'this-week';
export const MANIFEST_PATH = 'changesets/this-week.yaml';

const SAMPLE = fileURLToPath(new URL('sample', import.meta.url));

type Files = Record<string, string>;

interface Branch {
  repository: string;
  branch: string;
  message: string;
  files: Files;
}

const CENTS = 'feature/price-in-cents';

/** Prices in cents: the contract, who writes prices and who reads them change together, or the shop breaks. */
const PRICE_IN_CENTS: Branch[] = [
  {
    repository: 'acme/contracts',
    branch: CENTS,
    message: 'A price is a whole number of cents',
    files: {
      'price.js': `/** What services tell each other about money: whole cents. */
export const FIELDS = ['cents', 'currency'];

export function assertPrice(price) {
  const found = Object.keys(price).sort().join(', ');
  if (found !== FIELDS.join(', ')) throw new Error(\`a price has \${FIELDS.join(', ')}; found \${found}\`);
  if (!Number.isInteger(price.cents)) throw new Error(\`cents: expected a whole number, found \${price.cents}\`);
  return price;
}
`,
      'price.test.js': `import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assertPrice } from './price.js';

test('a price has cents and a currency', () => {
  assert.deepEqual(assertPrice({ cents: 400, currency: 'EUR' }), { cents: 400, currency: 'EUR' });
  assert.throws(() => assertPrice({ amount: 4, currency: 'EUR' }), /a price has/);
});
`,
    },
  },
  {
    repository: 'acme/pricing',
    branch: CENTS,
    message: 'Answer prices in cents',
    files: {
      'prices.js': `const CENTS = { tea: 400, cup: 900, pot: 2500 };

export function priceOf(id) {
  const cents = CENTS[id];
  return cents === undefined ? undefined : { cents, currency: 'EUR' };
}
`,
    },
  },
  {
    repository: 'acme/checkout',
    branch: CENTS,
    message: 'Add up cents',
    files: {
      'total.js': `export function total(prices) {
  const cents = prices.reduce((sum, price) => sum + price.cents, 0);
  return { text: \`\${(cents / 100).toFixed(2)} EUR\` };
}
`,
    },
  },
];

const OTHERS: Branch[] = [
  {
    repository: 'acme/pricing',
    branch: 'feature/austrian-tax',
    message: 'Tax rates for Austria',
    files: {
      'tax.js': `/** Percent, by country. */
export const RATES = { AT: 20, DE: 19 };

export function rateOf(country) {
  return RATES[country];
}
`,
    },
  },
  {
    repository: 'acme/catalog',
    branch: 'feature/search-by-tag',
    message: 'Find products by tag',
    // The mistake: a product without the tag is dropped even when its name matches.
    files: {
      'products.js': `export const PRODUCTS = [
  { id: 'tea', name: 'Green tea', tags: ['drink'] },
  { id: 'cup', name: 'Cup', tags: ['ware'] },
  { id: 'pot', name: 'Tea pot', tags: ['ware'] },
];

export function find(text) {
  return PRODUCTS.filter((product) => product.tags.includes(text.toLowerCase()));
}
`,
    },
  },
  {
    repository: 'acme/web',
    branch: 'feature/new-header',
    message: 'A new header',
    files: {
      'page.js': `export const HEADER = 'The tea shop: fresh every day';

export function page({ items, total }) {
  return \`<!doctype html><title>Basket</title><h1>\${HEADER}</h1><ul>\${items.map((item) => \`<li>\${item}</li>\`).join('')}</ul><p>\${total}</p>\`;
}
`,
    },
  },
  {
    repository: 'acme/catalog',
    branch: 'feature/coffee',
    message: 'Sell coffee',
    files: { 'NOTES.md': 'Coffee comes next season.\n' },
  },
];

export const BRANCHES = [...PRICE_IN_CENTS, ...OTHERS];

export const MANIFEST = `# Everything that is ready this week.
changesets:
  # Breaks the shop unless all three go together.
  - name: price-in-cents
    priority: 10
    repositories:
      - name: acme/contracts
        branch: ${CENTS}
      - name: acme/pricing
        branch: ${CENTS}
      - name: acme/checkout
        branch: ${CENTS}

  - name: austrian-tax # shares acme/pricing with the one above: goes after it
    repositories:
      - name: acme/pricing
        branch: feature/austrian-tax

  - name: search-by-tag
    repositories:
      - name: acme/catalog
        branch: feature/search-by-tag

  - name: new-header
    approval: required
    repositories:
      - name: acme/web
        branch: feature/new-header

  - name: coffee
    approval: required
    repositories:
      - name: acme/catalog
        branch: feature/coffee
`;

/** Fills a local GitHub with the shop; gives back the manifest's pull request, not yet opened, and the author's token. */
export async function buildShop(
  github: LocalGitHub,
): Promise<{ heads: Record<string, string>; token: string; open(): Promise<number> }> {
  const { admin } = github;
  await admin.createRepository(COORDINATOR, { files: await sampleFiles('coordinator') });
  for (const name of MEMBERS)
    await admin.createRepository(name, { files: await sampleFiles(name.slice('acme/'.length)) });
  const { token } = admin.addPerson(AUTHOR);
  for (const name of [COORDINATOR, ...MEMBERS]) admin.setRole(AUTHOR, name, 'write');
  admin.protect(COORDINATOR, { coordinator: true, requiredChecks: ['lockstep'] });
  for (const name of MEMBERS) admin.protect(name);
  const heads: Record<string, string> = {};
  for (const { repository, branch, files, message } of BRANCHES) {
    heads[`${repository} ${branch}`] = await admin.commit(repository, branch, { files, message, author: AUTHOR });
  }
  return {
    heads,
    token,
    async open() {
      const files = { [MANIFEST_PATH]: MANIFEST };
      await admin.commit(COORDINATOR, BRANCH, { files, message: 'What is ready this week', author: AUTHOR });
      const body = 'Prices in cents, Austrian tax, search by tag, a new header, and coffee.';
      return admin.openPullRequest(COORDINATOR, {
        head: BRANCH,
        title: 'What is ready this week',
        body,
        author: AUTHOR,
      });
    },
  };
}

async function sampleFiles(folder: string): Promise<Record<string, string | { text: string; executable: true }>> {
  const root = join(SAMPLE, folder);
  const entries = await readdir(root, { recursive: true, withFileTypes: true });
  const files: Record<string, string | { text: string; executable: true }> = {};
  for (const entry of entries.filter((one) => one.isFile())) {
    const path = join(entry.parentPath, entry.name);
    const text = await readFile(path, 'utf8');
    const name = path.slice(root.length + 1);
    files[name] = name.endsWith('.sh') ? { text, executable: true } : text;
  }
  return files;
}
