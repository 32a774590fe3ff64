import { createRoot } from 'react-dom/client';
import '@mantine/core/styles.layer.css';
import './studio/ui/theme/tokens.css';
import './studio/ui/theme/base.css';
import { startStudio } from './studio/start-studio';
import { App } from './studio/ui/app/App';

startStudio();

const root = document.getElementById('root');
if (root === null) throw new Error('index.html has no element with the id “root”.');
createRoot(root).render(<App />);
