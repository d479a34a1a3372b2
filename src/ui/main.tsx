import { render } from 'preact';
import { App } from './app';
import { addressOf } from './lib/foreign-links';
import { currentTheme } from './lib/theme';
import './styles/base.css';
import './styles/layout.css';
import './styles/parts.css';
import './styles/tables.css';
import './styles/controls.css';
import './styles/charts.css';
import './styles/editor.css';
import './styles/trace.css';
import './styles/alerts.css';

const target = addressOf(window.location);
if (target !== undefined) window.history.replaceState(null, '', target);
document.documentElement.dataset['theme'] = currentTheme();
const root = document.getElementById('app');
if (root !== null) render(<App />, root);
