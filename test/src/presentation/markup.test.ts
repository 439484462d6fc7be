import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { coordinate, markup, prose } from '../../../src/presentation/markup.ts'

const tag = suite('markup()')

tag('escapes text in content and in attributes', () => {
  const text = `<script>alert("1" & '2')</script>`
  assert.is(
    markup`<p title="${text}">${text}</p>`.markup,
    '<p title="&lt;script&gt;alert(&quot;1&quot; &amp; &#39;2&#39;)&lt;/script&gt;">&lt;script&gt;alert(&quot;1&quot; &amp; &#39;2&#39;)&lt;/script&gt;</p>',
  )
})

tag('takes markup as it is, lists in order, and nothing for null', () => {
  assert.is(
    markup`<ul>${['a', 'b'].map((name) => markup`<li>${name}</li>`)}${null}${7}</ul>`.markup,
    '<ul><li>a</li><li>b</li>7</ul>',
  )
})

tag('does not take an object from outside for markup', () => {
  const parsed: unknown = JSON.parse('["<b>"]')
  assert.ok(Array.isArray(parsed))
  assert.is(markup`${parsed.map(String)}`.markup, '&lt;b&gt;')
})

tag('replaces what HTML does not allow and what reverses text', () => {
  assert.is(markup`${'a\u0000b\u001bc\u202ed\ud800e\nf'}`.markup, 'a\ufffdb\ufffdc\ufffdd\ufffde\nf')
})

tag.run()

const tied = suite('prose()')

tied('ties numbers to their units', () => {
  assert.is(
    prose('fails 4 % (9 of 225), 10 ms at p95, 2 steps'),
    'fails 4\u00a0% (9 of 225), 10\u00a0ms at p95, 2 steps',
  )
})

tied.run()

const rounded = suite('coordinate()')

rounded('keeps a tenth', () => {
  assert.is(coordinate(12.3456), '12.3')
  assert.is(coordinate(7), '7')
  assert.is(coordinate(-0.01), '0')
})

rounded.run()
