import '@fontsource-variable/inter/wght.css';
import '@fontsource-variable/jetbrains-mono/wght.css';
import './boot.css';
import { StrictMode, startTransition } from 'react';
import { createRoot } from 'react-dom/client';
import { App } from './App';
import { prepareFirstPage } from './first-page';

const root = document.getElementById('root');
if (!root) throw new Error('index.html has no #root');
prepareFirstPage(window.location.hash);
// Drawn in slices of some milliseconds: the browser answers to whoever clicks or scrolls meanwhile.
startTransition(() =>
  createRoot(root).render(
    <StrictMode>
      <App />
    </StrictMode>,
  ),
);
