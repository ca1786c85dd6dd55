import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { startApi } from './api/http.ts';
import { App } from './app/app.tsx';
import { startI18n } from './i18n/index.ts';
import './styles.css';
import './styles-detail.css';

startI18n();
startApi();

const root = document.getElementById('root');
if (root === null) throw new Error('index.html has no #root');
createRoot(root).render(
  <StrictMode>
    <App />
  </StrictMode>,
);
