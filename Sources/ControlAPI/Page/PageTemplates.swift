/// The page's templates; one file is the whole program, so they are in it.
///
/// Every link is relative: a gateway shows the page under a path that nobody here knows. Nothing is put into an
/// attribute but ids of ours and what is checked to be a token.
enum PageTemplates {
    static let head = """
        <!doctype html>
        <html lang="en"><head><meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        {{#refresh}}<meta http-equiv="refresh" content="10">{{/refresh}}
        <title>{{title}}</title><link rel="stylesheet" href="{{root}}style.css"></head><body>

        """

    static let overview = """
        <header><h1>Understudy</h1>
        {{#health}}<p class="{{class}}"><strong>{{word}}</strong> {{detail}}</p>
        {{#framework}}<p>Mesos knows it as framework {{framework}}.</p>{{/framework}}
        {{#standIn}}<p class="warn">Portworx, and with it all else, is a local stand-in.</p>{{/standIn}}
        {{#notes}}<p class="warn">{{.}}</p>{{/notes}}{{/health}}</header>
        <main><h2>Runs</h2>
        {{#runs}}<article>
        <h3><a href="runs/{{id}}">{{id}}</a> of {{source}} <span class="{{class}}">{{state}}</span></h3>
        <p>{{age}}{{#owner}}, asked for by {{owner}}{{/owner}}{{#key}}, key {{key}}{{/key}}{{#tier}}, {{tier}}{{/tier}}</p>
        {{#why}}<p>{{why}}</p>{{/why}}</article>
        {{/runs}}
        {{^runs}}<p>There are none yet: <code>understudy run --source SOURCE …</code> asks for one.</p>{{/runs}}
        {{#more}}<p>{{more}}</p>{{/more}}
        <h2>Copies</h2>
        {{#copies}}<article><h3>{{name}} <span>{{kind}}, {{state}}</span></h3>
        <p>{{size}}{{#tier}}, tier {{tier}}{{/tier}}; {{holder}}{{#attached}}; attached on {{attached}}{{/attached}}</p>
        {{#fault}}<p class="bad">{{fault}}</p>{{/fault}}</article>
        {{/copies}}
        {{^copies}}<p>There are none: nothing of production's data is anywhere but in production.</p>{{/copies}}
        </main><footer>Loads itself again every 10 s. <a href="v1/runs">Runs</a>, <a href="v1/snapshots">copies</a>
        and <a href="v1/health">health</a> as JSON.</footer></body></html>

        """

    static let run = """
        <header><p><a href="../">Understudy</a></p>
        <h1>Run {{id}} <span class="{{class}}">{{state}}</span></h1>
        {{#reason}}<p>{{reason}}</p>{{/reason}}{{#sentence}}<p>{{sentence}}</p>{{/sentence}}</header><main>
        {{#token}}<form method="post" action="{{id}}/release"><input type="hidden" name="token" value="{{token}}">
        <button>{{button}}</button></form>{{/token}}
        <dl>{{#facts}}<dt>{{name}}</dt><dd>{{value}}</dd>{{/facts}}</dl>
        <h2>Phases</h2><ol>{{#phases}}<li>{{phase}} <span>{{at}}{{#took}}, {{took}}{{/took}}</span></li>{{/phases}}</ol>
        <h2>Tasks</h2><ul>{{#tasks}}<li>{{id}} <span>{{state}}{{#agent}} on {{agent}}{{/agent}}</span></li>{{/tasks}}</ul>
        {{^tasks}}<p>None was launched.</p>{{/tasks}}
        {{#hasRefusals}}<h2>Offers that were refused</h2>
        <ul>{{#refusals}}<li>{{count}} × {{reason}} <span>{{example}}</span></li>{{/refusals}}</ul>{{/hasRefusals}}
        </main><footer>{{#refresh}}Loads itself again every 10 s. {{/refresh}}<a href="../v1/runs/{{id}}">This run</a> and
        <a href="../v1/runs/{{id}}/logs">what it said</a> as JSON.</footer></body></html>

        """

    static let refusal = """
        <header><h1>{{title}}</h1></header><main><p>{{message}}</p>{{#advice}}<p>{{advice}}</p>{{/advice}}
        <p><a href="{{home}}">All runs</a></p></main><footer>{{code}}</footer></body></html>

        """

    static let style = """
        :root { color-scheme: light dark; font: 16px/1.45 system-ui, sans-serif; }
        body { margin: 0 auto; max-width: 60rem; padding: 1rem; overflow-wrap: anywhere; }
        h1 { font-size: 1.4rem; } h2 { font-size: 1.1rem; margin-top: 2rem; } h3 { font-size: 1rem; margin: 0; }
        article { border-top: 1px solid #8886; padding: .6rem 0; } p { margin: .3rem 0; }
        h3 span, li span { font-weight: normal; opacity: .8; }
        .good { color: #157a3c; } .bad { color: #b3261e; } .warn { color: #8a5a00; }
        dl { display: grid; grid-template-columns: max-content 1fr; gap: .2rem 1rem; } dd { margin: 0; }
        footer { margin-top: 2rem; border-top: 1px solid #8886; padding-top: .5rem; opacity: .8; font-size: .9rem; }
        button { font: inherit; padding: .3rem .9rem; }
        @media (prefers-color-scheme: dark) { .good { color: #6cd08c; } .bad { color: #ff8a80; } .warn { color: #ffc766; } }
        @media (max-width: 30rem) { dl { grid-template-columns: 1fr; } dt { font-weight: bold; } }

        """
}
