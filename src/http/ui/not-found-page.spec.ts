import { looksForPage, notFoundPage } from './not-found-page';

test.each([
  ['GET', '/nothing-here', true, true],
  ['HEAD', '/nothing-here', true, true],
  ['GET', '/apiary', true, true],
  ['GET', '/nothing-here', false, false],
  ['POST', '/nothing-here', true, false],
  ['GET', '/api/v1/nothing', true, false],
  ['GET', '/api', true, false],
  ['GET', '/v1/nothing', true, false],
  ['GET', '/-/nothing', true, false],
  ['GET', '/assets/gone.js', true, false],
])('%s %s, HTML preferred: %s, is answered with a page: %s', (method, path, prefersHtml, wanted) => {
  expect(looksForPage(method, path, prefersHtml)).toBe(wanted);
});

describe('the page of an address that leads nowhere', () => {
  it('shows the address as text', () => {
    const page = notFoundPage('/<img src=x onerror=alert(1)>?a="b"&c');
    expect(page).toContain('<code>/&lt;img src=x onerror=alert(1)&gt;?a=&quot;b&quot;&amp;c</code>');
    expect(page).not.toContain('<img');
  });

  it('shows no more of it than can be read', () => {
    expect(notFoundPage(`/${'a'.repeat(5000)}`).length).toBeLessThan(4000);
  });

  it('leads to the pages there are', () => {
    expect(notFoundPage('/x')).toContain('<a href="/">Overview</a>');
  });
});
