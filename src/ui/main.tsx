import { render } from 'preact';
import { App } from './app';
import { addressOf } from './lib/foreign-links';
import { currentTheme } from './lib/theme';
import './styles/base.css';
import './styles/layout.css';
import './styles/parts.css';

const target = addressOf(window.location);
if (target !== undefined) window.history.replaceState(null, '', target);
document.documentElement.dataset['theme'] = currentTheme();
const root = document.getElementById('app');
if (root !== null) render(<App />, root);
