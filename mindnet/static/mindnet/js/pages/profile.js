/* Editing one's profile: words as tags, and the picture without leaving the page. */

import { find } from "../view/dom.js";
import { PictureForm } from "../view/picture_form.js";
import { TagsInput } from "../view/tags_input.js";
import "./here.js";

new TagsInput(find("[data-tags]"));
new PictureForm({
  form: find("[data-picture-form]"), remove: find("[data-picture-remove]"), preview: find("[data-own-picture]"),
});
