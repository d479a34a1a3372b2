export { AlertmanagerController } from './alertmanager.controller';
