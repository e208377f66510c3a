//! The sample API of `resttest demo`, to point suites at by hand: `cargo run --example sample_api`.

use resttest::demo::SampleApi;

fn main() -> std::io::Result<()> {
    let api = SampleApi::start()?;
    println!("the sample API listens at {} until Enter is pressed", api.url());
    std::io::stdin().read_line(&mut String::new())?;
    Ok(())
}
