export { JaegerV1Controller } from './jaeger-v1.controller';
export { JaegerV3Controller } from './jaeger-v3.controller';
