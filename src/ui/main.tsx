import { render } from 'preact';
import { App } from './app';
import { currentTheme } from './lib/theme';
import './styles/base.css';
import './styles/layout.css';
import './styles/parts.css';

document.documentElement.dataset['theme'] = currentTheme();
const root = document.getElementById('app');
if (root !== null) render(<App />, root);
