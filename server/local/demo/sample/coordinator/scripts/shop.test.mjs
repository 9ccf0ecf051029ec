// A customer's way through the shop: every service runs as a process of its own and talks to the others over HTTP.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { after, before, test } from 'node:test';

const workspace = process.env.LOCKSTEP_WORKSPACE ?? process.cwd();
const ports = { pricing: 4101, catalog: 4102, checkout: 4103, web: 4104 };
const running = [];

before(async () => {
  for (const name of Object.keys(ports)) {
    const service = spawn(process.execPath, ['server.js'], {
      cwd: `${workspace}/${name}`,
      env: { ...process.env, PORTS: JSON.stringify(ports) },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    running.push(service);
    await once(service.stdout, 'data');
  }
});

after(() => {
  for (const service of running) service.kill('SIGKILL');
});

const get = async (service, path) => {
  const answer = await fetch(`http://127.0.0.1:${ports[service]}${path}`);
  assert.equal(answer.status, 200, `GET ${service}${path}: ${answer.status} ${await answer.clone().text()}`);
  return answer;
};

test('every product in the catalog has a price', async () => {
  const products = await (await get('catalog', '/products')).json();
  assert.ok(products.length > 0);
  for (const { id } of products) await get('pricing', `/prices/${id}`);
});

test('a basket is added up', async () => {
  const total = await (await get('checkout', '/total?items=tea,tea,cup')).json();
  assert.equal(total.text, '17.00 EUR');
});

test('the page shows the basket and its total', async () => {
  const page = await (await get('web', '/basket?items=tea,cup')).text();
  assert.match(page, /<h1>/);
  assert.match(page, /13\.00 EUR/);
});
