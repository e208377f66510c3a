//! The programs in `fixtures/programs/`, each a whole one when it is copied, each run here.

macro_rules! programs {
    ($($name:ident),+ $(,)?) => {$(
        #[path = ""]
        mod $name {
            #[path = "../../fixtures/programs"]
            mod program_folder {
                pub mod $name;
            }

            #[test]
            fn runs() {
                program_folder::$name::main().expect(stringify!($name));
            }
        }
    )+};
}

programs!(
    simple_test,
    retry,
    performance,
    from_yaml,
    custom_configuration,
    validators,
    auth,
    concurrency,
    command_line,
);
