/* Names what this browser or this address lacks. In old syntax and apart from the page, so that it runs where the page cannot start. */
(function () {
  // A module with an instruction on vectors: browsers without SIMD refuse it.
  var simd = [
    0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0, 10, 10, 1, 8, 0, 65, 0, 253, 15, 253, 98, 11,
  ];
  var missing = [];

  function need(name, has) {
    try {
      if (has()) return;
    } catch (error) {
      // It is missing too.
    }
    missing.push(name);
  }

  need('WebAssembly with SIMD', function () {
    return WebAssembly.validate(new Uint8Array(simd));
  });
  need('Array.prototype.toSorted', function () {
    return Array.prototype.toSorted;
  });
  need('AbortSignal.any', function () {
    return AbortSignal.any;
  });
  need('CSS :has()', function () {
    return CSS.supports('selector(:has(a))');
  });
  need('CSS nesting', function () {
    return CSS.supports('selector(&)');
  });

  var text = '';
  if (missing.length > 0)
    text =
      'Pareto may not work, because this browser lacks ' +
      missing.join(', ') +
      ': use Chrome or Edge 120, Firefox 124, Safari 17.4 or newer; reports saved as HTML and the command line still work. ';
  // The page leaves it to this note that nothing is saved.
  if (window.isSecureContext === false)
    text +=
      'This address is plain HTTP, where browsers offer no threads, no WebGPU, no saved work and no offline start: all else works, and HTTPS or localhost brings the rest.';
  if (text === '') return;
  document.addEventListener('DOMContentLoaded', function () {
    var note = document.getElementById('browser-check');
    note.firstElementChild.textContent = text;
    note.lastElementChild.onclick = function () {
      note.hidden = true;
    };
    note.hidden = false;
  });
})();
