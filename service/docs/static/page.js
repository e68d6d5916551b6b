/* The reference: Swagger UI over openapi.json, with samples for the address and the ids that this page has to do with. */
"use strict";

const page = document.getElementById("reference");
const darkness = matchMedia("(prefers-color-scheme: dark)");

function followTheSystem() {
  document.documentElement.classList.toggle("dark-mode", darkness.matches);
}

function show(text) {
  const ids = page.dataset.ids.split(" ");
  text = text.replaceAll(page.dataset.address, location.origin);

  const ui = SwaggerUIBundle({
    spec: JSON.parse(text),
    domNode: page,
    deepLinking: true,
    docExpansion: "list",
    defaultModelsExpandDepth: 0,
    displayRequestDuration: true,
    tryItOutEnabled: true,
    validatorUrl: null,
    responseInterceptor: adopt,
  });

  // The job or dataset that was made or looked at last is the one that all operations then offer to ask about.
  function adopt(response) {
    const id = response.ok && response.obj?.id;
    const place = typeof id === "string" ? ids.findIndex((known) => known.split("_")[0] === id.split("_")[0]) : -1;
    if (place >= 0 && ids[place] !== id) {
      text = text.replaceAll(ids[place], id);
      ids[place] = id;
      ui.specActions.updateJsonSpec(JSON.parse(text));
    }
    return response;
  }
}

followTheSystem();
darkness.addEventListener("change", followTheSystem);
fetch("/openapi.json").then((answer) => answer.text()).then(show);
