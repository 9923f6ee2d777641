// Runs before the first paint: lets the CSS know that scripts work.
document.documentElement.classList.add("js");
