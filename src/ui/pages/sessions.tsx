export default function Sessions() {
  return <div class="loading" />;
}
