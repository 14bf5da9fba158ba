//! Prints the table of reason codes for the documentation.

use ground::Reason;

fn main() {
    println!("\n| code | Q.850 | meaning |\n|---|---|---|");
    for reason in Reason::ALL {
        println!("| `{}` | {} | {} |", reason.code(), reason.q850(), reason.text());
    }
    println!();
}
