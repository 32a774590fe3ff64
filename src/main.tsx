import { createRoot } from 'react-dom/client';
import '@mantine/core/styles.layer.css';
import './app/ui/theme/tokens.css';
import './app/ui/theme/base.css';
import { startApp } from './app/start-app';
import { App } from './app/ui/window/App';

startApp();

const root = document.getElementById('root');
if (root === null) throw new Error('index.html has no element with the id “root”.');
createRoot(root).render(<App />);
