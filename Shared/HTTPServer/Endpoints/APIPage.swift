/// A page that shows an API's description and sends requests to try it.
///
/// One document without foreign parts; the browser builds it from `/openapi.json`.
enum APIPage {
    static var response: Response {
        var response = Response.bytes(bytes, contentType: "text/html; charset=utf-8")
        response.headers["Content-Security-Policy"] = policy
        response.headers["Permissions-Policy"] = Response.noPermissions
        response.headers["Referrer-Policy"] = "no-referrer"
        response.headers["Cache-Control"] = "no-cache"
        response.isRevalidated = true
        return response
    }

    private static let bytes = Array(html.utf8)
    private static let policy =
        "default-src 'none'; style-src \(source(style)); script-src \(source(script)); connect-src 'self'; "
        + "img-src data:; form-action 'none'; base-uri 'none'; frame-ancestors 'none'"

    /// The source expression that allows an element with exactly this text, between line ends (CSP level 3, section
    /// 2.3.1).
    private static func source(_ text: String) -> String {
        "'sha256-\(Base64.encode(SHA256Digest.of(Array("\n\(text)\n".utf8))))'"
    }

    private static let html = #"""
        <!doctype html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <title>API</title>
        <link rel="icon" href="data:,">
        <style>
        \#(style)
        </style>
        </head>
        <body>
        <a class="skip" href="#operations">Skip to the operations</a>
        <header><h1 id="title">API</h1><p id="about" role="status">Loading the description …</p></header>
        <noscript><p>This page is made by a script. The description itself is at
        <a href="openapi.json">openapi.json</a>.</p></noscript>
        <main id="operations" tabindex="-1"></main>
        <footer><a href="openapi.json">openapi.json</a></footer>
        <script>
        \#(script)
        </script>
        </body>
        </html>
        """#

    private static let style = #"""
        :root { color-scheme: light dark; --line: #8886; --soft: #8881; }
        :root { --link: #0b57d0; --good: #146c2e; --bad: #b3261e; }
        @media (prefers-color-scheme: dark) { :root { --link: #a8c7fa; --good: #7fd698; --bad: #f2b8b5; } }
        * { box-sizing: border-box; }
        body { font: 1rem/1.5 system-ui, sans-serif; max-width: 60rem; margin: 0 auto; padding: 1rem; }
        h1 { margin: 0; } h2 { margin: 2rem 0 .5rem; } h3 { font-size: 1rem; margin: 1rem 0 .25rem; }
        a { color: var(--link); }
        .skip { position: absolute; left: -100rem; } .skip:focus { position: static; }
        code, pre, .method, .path { font-family: ui-monospace, monospace; font-size: .9rem; }
        details { border: 1px solid var(--line); border-radius: .4rem; margin: .4rem 0; }
        summary { cursor: pointer; padding: .5rem .75rem; display: flex; flex-wrap: wrap; gap: .25rem .75rem; }
        summary:hover { background: var(--soft); }
        :focus-visible { outline: 2px solid var(--link); outline-offset: 2px; }
        .method { font-weight: 700; min-width: 4.5rem; } .path { font-weight: 600; overflow-wrap: anywhere; }
        .operation { padding: 0 .75rem .75rem; }
        table { border-collapse: collapse; width: 100%; }
        th, td { text-align: left; vertical-align: top; padding: .25rem .5rem; border-bottom: 1px solid var(--line); }
        pre { background: var(--soft); padding: .5rem; border-radius: .3rem; overflow: auto; max-height: 24rem; }
        pre, textarea { margin: .25rem 0; }
        form { border-top: 1px solid var(--line); margin-top: 1rem; padding-top: .25rem; }
        label { display: block; margin: .4rem 0; }
        input, select, textarea, button { font: inherit; padding: .3rem .5rem; }
        textarea { font-family: ui-monospace, monospace; font-size: .9rem; }
        input, select { width: min(100%, 24rem); display: block; }
        textarea { width: 100%; min-height: 8rem; display: block; }
        button { cursor: pointer; margin-top: .5rem; }
        .good { color: var(--good); } .bad { color: var(--bad); } .required::after { content: " (required)"; }
        """#

    /// Builds the page by DOM calls only: no text of the description becomes markup.
    private static let script = #"""
        "use strict";
        const make = (name, attributes = {}, ...children) => {
          const element = document.createElement(name);
          for (const [key, value] of Object.entries(attributes)) {
            if (key === "text") element.textContent = value;
            else if (value !== undefined) element.setAttribute(key, value);
          }
          element.append(...children.filter(child => child !== undefined && child !== null));
          return element;
        };
        const methods = ["get", "post", "put", "patch", "delete"];
        let api = {};
        const resolve = node => {
          for (let depth = 0; node && node.$ref && depth < 20; depth += 1) {
            node = node.$ref.slice(2).split("/").reduce(
              (value, part) => value?.[decodeURIComponent(part).replace(/~1/g, "/").replace(/~0/g, "~")], api);
          }
          return node ?? {};
        };
        const sample = (schema, depth = 0) => {
          schema = resolve(schema);
          if (schema.example !== undefined) return schema.example;
          if (schema.examples?.length) return schema.examples[0];
          if (schema.const !== undefined) return schema.const;
          if (schema.default !== undefined) return schema.default;
          if (schema.enum) return schema.enum[0];
          if (depth > 6) return null;
          const choice = schema.oneOf ?? schema.anyOf;
          if (choice) return sample(choice[0], depth + 1);
          if (schema.allOf) return Object.assign({}, ...schema.allOf.map(part => sample(part, depth + 1)));
          const type = Array.isArray(schema.type) ? schema.type[0] : schema.type;
          if (type === "object" || schema.properties) {
            return Object.fromEntries(Object.entries(schema.properties ?? {}).map(
              ([name, property]) => [name, sample(property, depth + 1)]));
          }
          if (type === "array") return [sample(schema.items, depth + 1)];
          if (type === "integer" || type === "number") return schema.minimum ?? 0;
          if (type === "boolean") return true;
          return type === "string" ? "" : null;
        };
        const exampleOf = media => {
          if (media.example !== undefined) return media.example;
          const named = Object.values(media.examples ?? {})[0];
          return named ? resolve(named).value : media.schema ? sample(media.schema) : undefined;
        };
        const typeOf = schema => {
          schema = resolve(schema);
          const type = Array.isArray(schema.type) ? schema.type.join(" or ") : schema.type ?? "";
          const bounds = [["minimum", "≥"], ["maximum", "≤"]].filter(([key]) => schema[key] !== undefined)
            .map(([key, sign]) => sign + " " + schema[key]);
          return [type, schema.format, ...bounds, schema.enum?.join(" | ")].filter(Boolean).join(", ");
        };
        const show = value => typeof value === "string" ? value : JSON.stringify(value, null, 2);
        const prose = text => {
          const block = make("p");
          const parts = (text ?? "").split("`");
          parts.forEach((part, index) => block.append(index % 2 ? make("code", { text: part }) : part));
          return block;
        };
        const contents = content => Object.entries(content ?? {}).flatMap(([type, media]) => {
          const example = exampleOf(media);
          const shown = example === undefined ? null : make("pre", { text: show(example), tabindex: "0" });
          return [make("p", {}, make("code", { text: type })), shown];
        });
        const columns = ["Name", "In", "Type", "Meaning"];
        const parameterTable = parameters => make("table", {},
          make("thead", {}, make("tr", {}, ...columns.map(text => make("th", { text, scope: "col" })))),
          make("tbody", {}, ...parameters.map(parameter => make("tr", {},
            make("td", {}, make("code", { text: parameter.name, class: parameter.required ? "required" : "" })),
            make("td", { text: parameter.in }), make("td", { text: typeOf(parameter.schema) }),
            make("td", {}, prose(parameter.description))))));
        const tryIt = (method, path, parameters, body) => {
          const form = make("form", {}, make("h3", { text: "Try it" }));
          const inputs = parameters.filter(parameter => parameter.in !== "cookie").map(parameter => {
            const schema = resolve(parameter.schema);
            const value = parameter.example ?? schema.example ?? schema.examples?.[0]
              ?? (parameter.required ? schema.default : undefined) ?? "";
            const input = make("input", { value: String(value), name: parameter.name });
            input.required = Boolean(parameter.required);
            form.append(make("label", {}, `${parameter.name} (${parameter.in})`, input));
            return [parameter, input];
          });
          const types = Object.keys(body?.content ?? {});
          const area = types.length ? make("textarea", { spellcheck: "false" }) : null;
          const select = types.length ? make("select", {}, ...types.map(type => make("option", { text: type }))) : null;
          if (area) {
            const fill = () => { area.value = show(exampleOf(body.content[select.value]) ?? ""); };
            select.addEventListener("change", fill);
            fill();
            form.append(make("label", {}, "Content type", select), make("label", {}, "Body", area));
          }
          const status = make("p", { role: "status" });
          const output = make("pre", { tabindex: "0", hidden: "" });
          form.append(make("button", { text: "Send the request" }), status, output);
          form.addEventListener("submit", async event => {
            event.preventDefault();
            const query = new URLSearchParams();
            const headers = {};
            let target = path;
            for (const [parameter, input] of inputs) {
              const value = input.value;
              if (parameter.in === "path") target = target.replace(`{${parameter.name}}`, encodeURIComponent(value));
              else if (value !== "" && parameter.in === "query") query.append(parameter.name, value);
              else if (value !== "" && parameter.in === "header") headers[parameter.name] = value;
            }
            if (select) headers["Content-Type"] = select.value;
            if ([...query].length) target += "?" + query;
            status.className = "";
            status.textContent = "Waiting for the answer …";
            output.hidden = true;
            const start = performance.now();
            try {
              const options = { method: method.toUpperCase(), headers, body: area?.value };
              const response = await fetch(target.replace(/^\//, ""), options);
              const text = await response.text();
              const elapsed = Math.round(performance.now() - start);
              status.textContent = `${response.status} ${response.statusText} after ${elapsed} ms`;
              status.className = response.ok ? "good" : "bad";
              const fields = [...response.headers].map(([name, value]) => `${name}: ${value}`).join("\n");
              let shown = text.slice(0, 100000);
              try { shown = JSON.stringify(JSON.parse(text), null, 2).slice(0, 100000); } catch { /* Not JSON. */ }
              output.textContent = `${fields}\n\n${shown}`;
              output.hidden = false;
            } catch (error) {
              status.textContent = "The request could not be sent: " + error.message;
              status.className = "bad";
            }
          });
          return form;
        };
        const operationView = (method, path, item, operation) => {
          const parameters = [...(item.parameters ?? []), ...(operation.parameters ?? [])].map(resolve);
          const body = operation.requestBody ? resolve(operation.requestBody) : undefined;
          const view = make("div", { class: "operation" });
          if (operation.description) view.append(prose(operation.description));
          if (parameters.length) view.append(make("h3", { text: "Parameters" }), parameterTable(parameters));
          if (body) {
            view.append(make("h3", { text: "Request body" }), prose(body.description));
            view.append(...contents(body.content).filter(Boolean));
          }
          view.append(make("h3", { text: "Responses" }));
          for (const [status, reference] of Object.entries(operation.responses ?? {})) {
            const response = resolve(reference);
            const line = prose(response.description);
            line.prepend(make("strong", { text: status, class: status < "400" ? "good" : "bad" }), " ");
            view.append(line, ...contents(response.content).filter(Boolean));
          }
          view.append(tryIt(method, path, parameters, body));
          return make("details", { id: operation.operationId }, make("summary", {},
            make("span", { class: "method", text: method.toUpperCase() }), make("span", { class: "path", text: path }),
            make("span", { text: operation.summary ?? "" })), view);
        };
        const render = () => {
          document.title = api.info?.title ?? "API";
          document.getElementById("title").textContent = `${document.title} ${api.info?.version ?? ""}`;
          document.getElementById("about").replaceWith(prose(api.info?.description));
          const groups = new Map();
          for (const [path, item] of Object.entries(api.paths ?? {})) {
            for (const method of methods.filter(name => item[name])) {
              const tag = item[method].tags?.[0] ?? "Operations";
              groups.set(tag, [...(groups.get(tag) ?? []), operationView(method, path, item, item[method])]);
            }
          }
          for (const [tag, views] of groups) {
            const about = (api.tags ?? []).find(entry => entry.name === tag)?.description;
            document.getElementById("operations").append(
              make("section", {}, make("h2", { text: tag }), about ? prose(about) : null, ...views));
          }
          const wanted = location.hash && document.getElementById(location.hash.slice(1));
          if (wanted && wanted.tagName === "DETAILS") wanted.open = true;
        };
        fetch("openapi.json").then(response => response.json()).then(description => {
          api = description;
          render();
        }).catch(error => {
          document.getElementById("about").textContent = "The description could not be loaded: " + error.message;
        });
        """#
}
