import { render } from 'preact';
import { App } from './app.tsx';
import './style/tokens.css';
import './style/base.css';
import './style/skeleton.css';
import './style/shell.css';
import './style/table.css';
import './style/pages.css';
import './style/links.css';
import { createViewer, ViewerProvider } from './viewer.ts';

const root = document.querySelector('#app');
if (root === null) throw new Error('BUG: index.html has no element #app');
const closing = new AbortController();
const viewer = createViewer(window, closing.signal);
// The skeleton of index.html has done its work.
root.textContent = '';
render(
  <ViewerProvider value={viewer}>
    <App />
  </ViewerProvider>,
  root,
);
