import { createServer } from 'node:http';
import { page } from './page.js';

const { web, checkout } = JSON.parse(process.env.PORTS);

createServer(async (request, response) => {
  const { searchParams } = new URL(request.url, 'http://web');
  const items = searchParams.get('items') ?? '';
  const answer = await fetch(`http://127.0.0.1:${checkout}/total?items=${items}`);
  if (!answer.ok) return response.writeHead(500).end(await answer.text());
  const { text } = await answer.json();
  response.setHeader('content-type', 'text/html').end(page({ items: items.split(','), total: text }));
}).listen(web, '127.0.0.1', () => console.log('web is up'));
