//! Prints the JSON Schema of the archive, for the committed file `shared/schema/archive-v1.schema.json`.

#![allow(clippy::print_stdout, reason = "printing is what it is for")]

fn main() {
    print!("{}", samsyn_shared::archive::json_schema());
}
