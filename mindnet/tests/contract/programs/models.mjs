// TypeScript interfaces of asyncapi.json into models/, one file each; prints their names as JSON.
import { readFileSync } from "node:fs";
import { TypeScriptFileGenerator } from "@asyncapi/modelina";

const options = { modelType: "interface", enumType: "union", mapType: "record", rawPropertyNames: true };
const document = JSON.parse(readFileSync("asyncapi.json", "utf8"));
const models = await new TypeScriptFileGenerator(options).generateToFiles(document, "models", { exportType: "named" });
console.log(JSON.stringify(models.map((model) => model.modelName)));
