import { createServer } from 'node:http';
import { find } from './products.js';

const { catalog } = JSON.parse(process.env.PORTS);

createServer((request, response) => {
  const { searchParams } = new URL(request.url, 'http://catalog');
  response.setHeader('content-type', 'application/json').end(JSON.stringify(find(searchParams.get('q') ?? '')));
}).listen(catalog, '127.0.0.1', () => console.log('catalog is up'));
